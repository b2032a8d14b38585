import { writeFileSync } from 'node:fs'
import { digestOf } from '../model/bytes.js'
import type { Answer, History } from '../model/history.js'
import { startProgram } from './program.js'
import { failureOf, readAll, type Failure, type Reading, type Told } from './reader.js'

/** What a fresh process found when it opened a store, read everything and closed it. */
export type Found =
  | { kind: 'opened'; answers: Map<History, Answer[]>; failed: Failure[]; closing: Failure | null }
  /** The same process tried twice. */
  | { kind: 'refused'; failure: Failure; again: Failure | null }
  /** The process did not end by itself with code 0. */
  | { kind: 'died'; how: string }

export async function inspect(
  path: string,
  durability: Reading['durability'],
  histories: readonly History[],
): Promise<Found> {
  const wanted = histories.flatMap(history => history.reads().map(read => ({ history, read })))
  const reads = wanted.map(({ history, read: { method, args } }) => ({ location: history.location, method, args }))
  // Beside the folder, not in it: the store's files are compared.
  const readingFile = `${path}.reads.json`
  writeFileSync(readingFile, JSON.stringify({ path, durability, reads } satisfies Reading))
  const end = await startProgram(readAll, [digestOf, failureOf], { readingFile }).ended
  const told = end.said as Told[]
  if (end.code !== 0)
    return { kind: 'died', how: `${end.signal ?? end.code} after ${told.length} lines: ${end.stderr.slice(-400)}` }

  const answers = new Map<History, Answer[]>(histories.map(history => [history, []]))
  const failed: Failure[] = []
  let closing: Failure | null = null
  let read = 0
  for (const line of told) {
    if (line[0] === 'refused') return { kind: 'refused', failure: line[1], again: line[2] }
    if (line[0] === 'closed') closing = line[1]
    if (line[0] !== 'read') continue
    answers.get(wanted[read++]!.history)!.push(line[1])
    if ('code' in line[1]) failed.push(line[1])
  }
  return { kind: 'opened', answers, failed, closing }
}
