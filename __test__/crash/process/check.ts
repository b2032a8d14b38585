import type { History } from '../model/history.js'
import { some, type Fault } from '../report/outcome.js'
import { inspect, type Found } from './inspect.js'

/** Opens the store in a fresh process, so many times; gives what is wrong the first time that something is. */
export async function faultsOf(
  path: string,
  durability: 'commit' | 'relaxed',
  histories: readonly History[],
  times = 1,
): Promise<Fault[]> {
  for (const found of await inspect(path, durability, histories, times)) {
    const faults = faultsIn(found, histories)
    if (faults.length > 0) return faults
  }
  return []
}

/** The opening and all reads succeed, and the histories explain what is there: from then on, it is what they know. */
export function faultsIn(found: Found, histories: readonly History[]): Fault[] {
  if (found.kind === 'died') return [{ what: 'crashed', details: found.how }]
  if (found.kind === 'refused') {
    return [{ what: 'false alarm', details: `${found.failure.code} ${found.failure.message}` }]
  }
  const { failed, closing, answers } = found
  if (failed.length > 0) return [{ what: 'a read failed', details: some(failed.map(({ message }) => message)) }]
  if (closing) return [{ what: 'the closing failed', details: closing.message }]
  return histories.flatMap(history => {
    const wrong = history.explain(answers.get(history)!)
    return wrong.length > 0 ? [{ what: 'wrong data', details: some(wrong) }] : []
  })
}
