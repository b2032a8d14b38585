import type { Random } from '../../helpers/random.js'
import { History } from '../model/history.js'
import { callOf, type Op } from '../model/op.js'
import { LARGE, LARGE_COUNT, plan, planBallast, SMALL } from '../model/plan.js'
import { apply, copyOf } from '../model/state.js'
import type { Script } from '../process/worker.js'

/** What the recorded process does, and what is known of its writers before it begins. */
export interface Recording {
  script: Omit<Script, 'path'>
  histories: History[]
}

/** Creation, commits, closings and openings; in some, logs are switched and used again; in some, much is removed. */
export function recordingFor(random: Random, durability: Script['durability'], large: boolean): Recording {
  const histories = random.below(2) === 0 ? [new History('x')] : [new History('x'), new History('y')]
  const size = large ? LARGE : SMALL
  const count = Math.ceil((large ? LARGE_COUNT : 100) / histories.length)
  const perPhase = histories.map(history => {
    const state = copyOf(history.base)
    const add = (ops: Op[]): Op[] => {
      for (const op of ops) apply(state, op)
      return ops
    }
    const { location } = history
    const first = add(plan(random, location, state, 0, count, size))
    const second = add(plan(random, location, state, 1000, 40, SMALL))
    const ballast = add(planBallast(random, location, state, 2000, 4))
    const prune = add([
      { kind: 'pruneTicks', keep: 4 },
      { kind: 'pruneEvents', olderThan: 1900 },
    ])
    const over = [...state.runs.values()].filter(run => run.status === 'Failure')
    const remove = add(over.map(({ runId }): Op => ({ kind: 'deleteRun', runId })))
    const last = add(plan(random, location, state, 3000, 40, SMALL))
    history.begin([...first, ...second, ...ballast, ...prune, ...remove, ...last])
    return { first, second: [...second, ...ballast], prune, remove, last }
  })
  const calls = (phase: keyof (typeof perPhase)[number]) => perPhase.map(ops => ops[phase].map(callOf))
  const script: Recording['script'] = {
    durability,
    locations: histories.map(history => history.location),
    form: random.of(['sync', 'promise'] as const),
    phases: [
      { phase: 'creation', calls: [] },
      { phase: 'commit', calls: calls('first') },
      { phase: 'close', calls: [] },
      { phase: 'opening', calls: [] },
      { phase: 'commit', calls: calls('second') },
      { phase: 'prune', calls: calls('prune') },
      { phase: 'delete', calls: calls('remove') },
      { phase: 'close', calls: [] },
      { phase: 'opening', calls: [] },
      { phase: 'commit', calls: calls('last') },
      { phase: 'close', calls: [] },
    ],
    end: 'exit',
  }
  return { script, histories }
}
