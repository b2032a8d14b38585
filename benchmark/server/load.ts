import type { SlotClaim, Storage } from 'rivers-storage'
import { firstLine } from '../reporting/format.js'

/** What every caller does again and again. */
export interface Load {
  /** `claim`: claim, then free. `acquire`: acquire, hold, release. `get`: read a key that is absent: one round trip. */
  readonly call: 'claim' | 'acquire' | 'get'
  readonly pools: number
  /** Slots of each pool; negative: unlimited. */
  readonly limit: number
  /** Pool of a call: by the caller's number, or at random. */
  readonly pick?: 'random'
  readonly holdMs?: number
}

export interface Pace {
  readonly warmUpMs: number
  readonly sliceMs: number
}

/** A call that ended within the slice; microseconds of a clock that all processes of the machine share. */
export interface Call {
  readonly asked: number
  readonly granted: number
  readonly freeing: number
  readonly token: number
}

export interface Slice {
  readonly calls: Call[]
  readonly errors: number
  readonly error?: string
}

/** Longer than any wait here, so that a claim that is never granted is an error instead of a hang. */
const TIMEOUT = '20s'

/** The monotonic clock of the system. `performance.timeOrigin` follows the wall clock, which may be set between two starts. */
const now = (): number => Number(process.hrtime.bigint()) / 1000

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export const poolNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `pool${i}`)

/** Runs so many callers on each storage. The warm-up runs on into the slice, so that the slice sees a steady load. */
export async function runLoad(storages: readonly Storage[], callers: number, load: Load, pace: Pace): Promise<Slice> {
  const calls: Call[] = []
  const failures = { errors: 0, error: undefined as string | undefined }
  const from = now() + pace.warmUpMs * 1000
  const to = from + pace.sliceMs * 1000

  const callAgain = async (storage: Storage, caller: number): Promise<void> => {
    const call = calling(storage, load, caller)
    for (let n = 0; now() < to; n++) {
      try {
        const made = await call(n)
        const done = now()
        if (done >= from && done < to) calls.push(made)
      } catch (error) {
        failures.errors += 1
        failures.error ??= firstLine(error)
      }
    }
  }
  await Promise.all(
    storages.flatMap((storage, i) =>
      Array.from({ length: callers }, (_, caller) => callAgain(storage, i * callers + caller)),
    ),
  )
  return { calls, ...failures }
}

function calling(storage: Storage, { call, pools, pick, holdMs }: Load, caller: number): (n: number) => Promise<Call> {
  const names = poolNames(pools)
  const runId = `run${process.pid}-${caller}`
  const claimOf = (n: number): SlotClaim => {
    const pool = pick === 'random' ? Math.floor(Math.random() * pools) : caller % pools
    return { runId, stepKey: `step${n}`, pools: names[pool]! }
  }

  const claim = async (n: number): Promise<Call> => {
    const asked = now()
    const { isClaimed, token } = await storage.claimConcurrencySlots(claimOf(n))
    const granted = now()
    if (!isClaimed) throw new Error('a claim on a pool with free slots was not granted')
    await storage.freeConcurrencySlots(runId, `step${n}`)
    return { asked, granted, freeing: granted, token: token! }
  }
  const acquire = async (n: number): Promise<Call> => {
    const asked = now()
    const lease = await storage.acquireSlots({ ...claimOf(n), timeout: TIMEOUT })
    const granted = now()
    if (holdMs !== undefined) await sleep(holdMs)
    const freeing = now()
    await lease.release()
    return { asked, granted, freeing, token: lease.token }
  }
  const get = async (): Promise<Call> => {
    const asked = now()
    await storage.kvGet('absent')
    const granted = now()
    return { asked, granted, freeing: granted, token: 0 }
  }
  return { claim, acquire, get }[call]
}
