import type { Random } from '../../helpers/random.js'
import type { History } from '../model/history.js'
import type { Op } from '../model/op.js'
import { plan, planBallast, type Size } from '../model/plan.js'
import { apply, copyOf, type State } from '../model/state.js'
import type { Phase } from '../process/worker.js'

/** The phases of a process that is to be killed in the last of them, with every writer's operations. */
export interface Round {
  phases: { phase: Phase; ops: readonly (readonly Op[])[] }[]
}

/** `first` is the number of the first operation; at most 10,000 are used. */
export function roundFor(
  target: Phase,
  random: Random,
  histories: readonly History[],
  first: number,
  size: Size,
  commits: number,
): Round {
  const none = { phase: target, ops: [] }
  if (target === 'creation' || target === 'opening') return { phases: [none] }
  const opening = { phase: 'opening' as const, ops: [] }
  const some = (count: number) =>
    histories.map(({ location, base }) => plan(random, location, base, first, count, size))
  if (target === 'commit') return { phases: [opening, { phase: 'commit', ops: some(commits) }] }
  if (target === 'close') return { phases: [opening, { phase: 'commit', ops: some(30) }, none] }
  const ballast = histories.map(({ location, base }) => planBallast(random, location, base, first, 8))
  const removals = histories.map(({ base }, writer) => removalsIn(target, after(base, ballast[writer]!), first + 1000))
  return { phases: [opening, { phase: 'commit', ops: ballast }, { phase: target, ops: removals }] }
}

function removalsIn(target: Phase, state: State, now: number): Op[] {
  if (target === 'prune')
    return [
      { kind: 'pruneTicks', keep: 5 },
      { kind: 'pruneEvents', olderThan: now },
    ]
  const over = [...state.runs.values()].filter(run => run.status === 'Failure')
  return over.map(({ runId }): Op => ({ kind: 'deleteRun', runId })).toReversed()
}

function after(base: State, ops: readonly Op[]): State {
  const state = copyOf(base)
  for (const op of ops) apply(state, op)
  return state
}
