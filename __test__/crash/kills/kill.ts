import { writeFileSync } from 'node:fs'
import type { Random } from '../../helpers/random.js'
import { bytesOf } from '../model/bytes.js'
import type { History } from '../model/history.js'
import { callOf } from '../model/op.js'
import { startProgram } from '../process/program.js'
import { revive, work, type Said, type Script } from '../process/worker.js'
import type { Delays } from './delays.js'
import type { Round } from './rounds.js'

/** Whether the kill came within the phase, and what is wrong with what the process said. */
export interface Killed {
  inTime: boolean
  complaints: string[]
}

/** Runs a round in a process, kills it at a random moment of the last phase, and tells the histories what was acknowledged. */
export async function kill(
  round: Round,
  how: Pick<Script, 'path' | 'durability' | 'form'>,
  histories: readonly History[],
  random: Random,
  delays: Delays,
): Promise<Killed> {
  const target = round.phases.at(-1)!
  const script: Script = {
    ...how,
    locations: histories.map(history => history.location),
    phases: round.phases.map(({ phase, ops }) => ({ phase, calls: ops.map(ofWriter => ofWriter.map(callOf)) })),
    end: 'wait',
  }
  const scriptFile = `${how.path}.script.json`
  writeFileSync(scriptFile, JSON.stringify(script))
  for (const [writer, history] of histories.entries())
    history.begin(round.phases.flatMap(({ ops }) => ops[writer] ?? []))

  const child = startProgram(work, [bytesOf, revive], { scriptFile })
  const name = `${target.phase} ${how.durability}`
  try {
    await child.heard(line => (line as Said)[0] === 'phase' && (line as Said)[1] === target.phase)
    if (target.phase === 'commit') {
      // Commits differ too much for a time: after a random number of acknowledgements, and soon.
      const wanted = random.below(target.ops.flat().length)
      await child.heard((_, index) => index >= wanted)
      await new Promise(resolve => setTimeout(resolve, random.next() * 2))
    } else {
      const delay = delays.of(name, random)
      await new Promise(resolve => setTimeout(resolve, delay))
    }
  } catch {
    // It ended by itself: what it said of that is below.
  }
  child.kill('SIGKILL')
  const end = await child.ended
  const complaints: string[] = []
  if (end.signal !== 'SIGKILL')
    complaints.push(`the process ended by itself with ${end.code ?? end.signal}: ${end.stderr}`)
  let inTime = true
  for (const line of end.said as Said[]) {
    if (line[0] === 'ack') complaints.push(...histories[line[1]]!.acknowledge(line[2]))
    if (line[0] !== 'over' || line[1] !== target.phase) continue
    delays.learn(name, line[2])
    inTime = false
  }
  if (inTime) delays.inTime(name)
  return { inTime, complaints }
}
