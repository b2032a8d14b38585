import { writeFileSync } from 'node:fs'
import { digestOf } from '../model/bytes.js'
import type { Answer, History } from '../model/history.js'
import { startProgram } from './program.js'
import { failureOf, readAll, type Failure, type Reading, type Told } from './reader.js'

/** What a process found when it opened a store, read everything and closed it. */
export type Found =
  | { kind: 'opened'; answers: Map<History, Answer[]>; failed: Failure[]; closing: Failure | null }
  | { kind: 'refused'; failure: Failure }
  /** The process did not go on. */
  | { kind: 'died'; how: string }

/** Lets a fresh process open and read the store so many times, one after another. */
export async function inspect(
  path: string,
  durability: Reading['durability'],
  histories: readonly History[],
  times = 1,
): Promise<Found[]> {
  const wanted = histories.flatMap(history => history.reads().map(read => ({ history, read })))
  const reads = wanted.map(({ history, read: { method, args } }) => ({ location: history.location, method, args }))
  // Beside the folder, not in it: the store's files are compared.
  const readingFile = `${path}.reads.json`
  writeFileSync(readingFile, JSON.stringify({ path, durability, times, reads } satisfies Reading))
  const end = await startProgram(readAll, [digestOf, failureOf], { readingFile }).ended
  const found = foundIn(
    end.said as Told[],
    wanted.map(({ history }) => history),
  )
  const how = `${end.signal ?? end.code} after ${end.said.length} lines: ${end.stderr.slice(-400)}`
  const complete = end.code === 0 ? found : found.slice(0, times - 1)
  return Array.from({ length: times }, (_, time) => complete[time] ?? { kind: 'died', how })
}

/** `asked` says whose each read was, in the order of the reads. */
function foundIn(said: readonly Told[], asked: readonly History[]): Found[] {
  const found: Found[] = []
  let answers = new Map<History, Answer[]>()
  let failed: Failure[] = []
  let read = 0
  for (const line of said) {
    if (line[0] === 'refused') found.push({ kind: 'refused', failure: line[1] })
    if (line[0] === 'closed') found.push({ kind: 'opened', answers, failed, closing: line[1] })
    if (line[0] === 'opened') {
      answers = new Map(asked.map(history => [history, []]))
      failed = []
      read = 0
    }
    if (line[0] !== 'read') continue
    answers.get(asked[read++]!)!.push(line[1])
    if ('code' in line[1]) failed.push(line[1])
  }
  return found
}
