// What the processes of a run are told and report, and the clock that they share.
import type { Storage } from 'rivers-storage'

/** Milliseconds on the monotonic clock of the machine, which is the same for all processes. */
export const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000

export interface WorkerOptions {
  seed: number
  server: string
  database: string
  /** Numbers the storages of all processes. */
  first: number
  /** One storage on each. */
  proxies: string[]
  timeoutMs: number
}

/** The limits of the shared pools. */
export const POOLS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3 }
/** The pool of a storage without limit, of leases that outlast the run. */
export const keptPool = (storage: number): string => `kept-${storage}`

/** Something that a call changes, and that no other call changes. */
export type Marker =
  | { kind: 'kv'; key: string }
  /** The events of one call, which are stored together or not at all. */
  | { kind: 'events'; runId: string }
  /** A lease that lasts longer than the run. */
  | { kind: 'lease'; pool: string; runId: string; stepKey: string }

/** The state of a marker, as a text to compare. */
export async function look(storage: Storage, marker: Marker): Promise<string> {
  switch (marker.kind) {
    case 'kv':
      return (await storage.kvGet(marker.key))?.toString() ?? 'none'
    case 'events':
      return String((await storage.getEventsForRun(marker.runId)).length)
    case 'lease': {
      const holders = await storage.getPoolSlotHolders(marker.pool)
      const holder = holders.find(({ runId, stepKey }) => runId === marker.runId && stepKey === marker.stepKey)
      return holder ? `${holder.token} until ${holder.leaseExpiresAt}` : 'free'
    }
  }
}

export interface Call {
  kind: 'call'
  storage: number
  name: string
  start: number
  end: number
  /** How long it took after its deadline, without the time in which the event loop of its process was late. */
  over: number
  error: string | null
}

/** A call that changes a marker. */
export interface Change {
  kind: 'change'
  at: number
  marker: Marker
  /** The state after the call: what an acknowledged call stored, or what was found right after an error. */
  state: string
  isAcknowledged: boolean
}

/** Slots of a grant, and the time in which their holder could rely on them. */
export interface Hold {
  kind: 'hold'
  pools: Record<string, number>
  token: number
  /** When the call was made that was granted. */
  asked: number
  from: number
  to: number
}

/** After a call that failed, its step neither held slots nor waited for them. */
export interface Absent {
  kind: 'absent'
  at: number
  runId: string
  stepKey: string
}

/** What a process itself found wrong. */
export interface Wrong {
  kind: 'wrong'
  at: number
  what: 'lost' | 'after an error' | 'unexpected'
  text: string
}

export type Report = Call | Change | Hold | Absent | Wrong
