import type { Storage } from 'rivers-storage'

/**
 * How many calls were answered one after another while `work` was under way, and what it gave. One of them may have
 * come before it, so two are the least that tells anything.
 */
export async function servedDuring<T>(s: Storage, work: Promise<T>): Promise<{ result: T; served: number }> {
  const turn = { over: false, served: 0 }
  const ended = work.finally(() => (turn.over = true))
  while (!turn.over) {
    await s.kvSet('served', Buffer.from(String(turn.served)))
    if (!turn.over) turn.served += 1
    // A memory store answers at once: without this, nothing else would have its turn.
    await new Promise(setImmediate)
  }
  return { result: await ended, served: turn.served }
}
