import type { History } from '../model/history.js'
import { some, type Fault } from '../report/outcome.js'
import { inspect } from './inspect.js'

/** Opens the store in a fresh process: the opening and all reads succeed, and the histories explain what is there. */
export async function faultsOf(
  path: string,
  durability: 'commit' | 'relaxed',
  histories: readonly History[],
): Promise<Fault[]> {
  const found = await inspect(path, durability, histories)
  if (found.kind === 'died') return [{ what: 'crashed', details: found.how }]
  if (found.kind === 'refused')
    return [{ what: 'false alarm', details: `${found.failure.code} ${found.failure.message}` }]
  const { failed, closing, answers } = found
  if (failed.length > 0) return [{ what: 'a read failed', details: some(failed.map(({ message }) => message)) }]
  if (closing) return [{ what: 'the closing failed', details: closing.message }]
  return histories.flatMap(history => {
    const wrong = history.explain(answers.get(history)!)
    return wrong.length > 0 ? [{ what: 'wrong data', details: some(wrong) }] : []
  })
}
