import type { ConcurrencyClaimStatus, NewEvent, SlotClaim } from 'rivers-storage'
import type { ChildWork } from '../helpers/child.js'
import type { AnyCall, Arguments, Method } from './history.js'

export interface Callers {
  /** Null: a memory store of their own, on a manual clock. */
  path: string | null
  seed: number
  /** What the names of this thread's callers begin with. */
  thread: string
  callers: number
  calls: number
}

/**
 * Callers side by side on one store, each with one call after another, at random; says the history. They meet at few
 * steps, pools, keys and runs. One call in four is of the sync form. It sees only its arguments, so it runs in any thread.
 */
export const callers: ChildWork<Callers> = async (rivers, { path, seed, thread, callers, calls }, say) => {
  let state = seed
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  const one = <T>(of: readonly T[]): T => of[random(of.length)]!

  const manual = path === null
  const storage = manual ? await rivers.Storage.memory({ clock: 'manual' }) : await rivers.Storage.embedded(path)
  const history: AnyCall[] = []
  let lastToken = 0
  const tokens = new Map<string, number>()

  const remember = ({ stepKey }: SlotClaim, { token }: ConcurrencyClaimStatus): void => {
    if (token === null) return
    tokens.set(stepKey, token)
    lastToken = Math.max(lastToken, token)
  }

  const record = async <M extends Method>(caller: string, method: M, ...args: Arguments<M>): Promise<void> => {
    const form = method !== 'advanceTime' && random(4) === 0 ? `${method}Sync` : method
    const call = (storage as unknown as Record<string, (...args: unknown[]) => unknown>)[form]!
    const called = Number(process.hrtime.bigint())
    let outcome: unknown
    try {
      const answer = await call.apply(storage, args)
      outcome = { answer }
      if (method === 'claimConcurrencySlots') remember(args[0] as SlotClaim, answer as ConcurrencyClaimStatus)
    } catch (error) {
      if (!rivers.isStorageError(error)) throw error
      outcome = { error: error.code }
    }
    const returned = Number(process.hrtime.bigint())
    history.push({ method, args, outcome, caller, called, returned } as unknown as AnyCall)
  }

  const runId = 'r'
  const event: NewEvent = { eventType: 'StepRetry', runId }
  const pool = (): string => one(['a', 'b'])
  const key = (): string => one(['k1', 'k2'])
  /** All threads have much the same one, and a new one now and then, since a run is started once. */
  const run = (): string => `run ${history.length >> 6}`
  const leaseDuration = (): number => (manual ? 1000 * (1 + random(3)) : 3_600_000)
  /** That of the last grant of the step that this thread was told of; or somebody's, more or less. */
  const token = (stepKey: string): number => (random(4) && tokens.get(stepKey)) || Math.max(1, lastToken - random(4))
  const maybe = (stepKey: string): { token?: number } => (random(2) ? { token: token(stepKey) } : {})
  const pools = (): Record<string, number> =>
    one<Record<string, number>>([{ a: 1 }, { b: 1 }, { a: 2 }, { b: 1, a: 1 }])
  const claim = (stepKey: string): SlotClaim => {
    return { runId, stepKey, pools: pools(), attempt: one(['1', '2']), leaseDuration: leaseDuration(), waitTtl: 0 }
  }

  /** How often each comes, of about a hundred calls. */
  const kinds: [share: number, call: (caller: string, step: string, i: number) => Promise<void>][] = [
    [30, (caller, stepKey) => record(caller, 'claimConcurrencySlots', claim(stepKey))],
    [12, (caller, stepKey) => record(caller, 'freeConcurrencySlots', runId, stepKey, maybe(stepKey))],
    [
      8,
      (caller, stepKey) =>
        record(caller, 'renewSlotLease', runId, stepKey, { ...maybe(stepKey), leaseDuration: leaseDuration() }),
    ],
    [6, (caller, stepKey) => record(caller, 'storeEvent', event, { lease: { runId, stepKey, token: token(stepKey) } })],
    [1, caller => record(caller, 'freeConcurrencySlotsForRun', runId)],
    [4, caller => record(caller, 'setPoolLimit', pool(), one([-1, 0, 1, 2, 3]))],
    [1, caller => record(caller, 'deletePoolLimit', pool())],
    [6, caller => record(caller, 'getAllPoolInfos')],
    [4, caller => record(caller, 'getPoolSlotHolders', pool())],
    [manual ? 4 : 0, caller => record(caller, 'advanceTime', 1000)],
    [8, (caller, _, i) => record(caller, 'kvSet', key(), Buffer.from(`${caller}/${i}`))],
    [8, caller => record(caller, 'kvGet', key())],
    [2, caller => record(caller, 'kvDelete', key())],
    [2, caller => record(caller, 'createRun', { runId: run() })],
    [4, caller => record(caller, 'tryStartRun', run())],
    [2, caller => record(caller, 'getRun', run())],
  ]
  const shares = kinds.flatMap(([share, call]) => Array.from({ length: share }, () => call))

  const work = async (caller: string): Promise<void> => {
    for (const pool of ['a', 'b']) await record(caller, 'setPoolLimit', pool, 2)
    for (let i = 0; i < calls; i++) await one(shares)(caller, one(['s1', 's2', 's3', 's4']), i)
  }
  await Promise.all(Array.from({ length: callers }, (_, i) => work(`${thread}${i}`)))
  await storage.close()
  say(history)
}
