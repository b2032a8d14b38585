import type { ExecutionContext } from 'ava'
import type { Storage } from 'rivers-storage'

const TRIES = 10

/**
 * Others are served while `work` is under way, on what `prepare` has made for it. That nobody was may also be because
 * all cores were busy and this thread had no turn; so it is tried a few times, and a work that serves nobody fails all.
 */
export async function othersAreServed<T>(
  t: ExecutionContext,
  s: Storage,
  prepare: () => Promise<unknown>,
  work: () => Promise<T>,
  result: T,
): Promise<void> {
  const served: number[] = []
  do {
    await prepare()
    const during = await servedDuring(s, work())
    t.is(during.result, result)
    served.push(during.served)
  } while (served.at(-1)! < 2 && served.length < TRIES)
  t.true(served.at(-1)! >= 2, `${served} were served`)
}

/** How many calls were answered one after another; the first of them may have come before the work began. */
async function servedDuring<T>(s: Storage, work: Promise<T>): Promise<{ result: T; served: number }> {
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
