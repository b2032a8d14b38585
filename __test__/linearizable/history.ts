import { isDeepStrictEqual } from 'node:util'
import type { Storage, StorageErrorCode } from 'rivers-storage'

/** The operations that are recorded. */
export type Method =
  | 'claimConcurrencySlots'
  | 'renewSlotLease'
  | 'freeConcurrencySlots'
  | 'freeConcurrencySlotsForRun'
  | 'setPoolLimit'
  | 'deletePoolLimit'
  | 'getAllPoolInfos'
  | 'getPoolSlotHolders'
  | 'storeEvent'
  | 'advanceTime'
  | 'kvSet'
  | 'kvGet'
  | 'kvDelete'
  | 'createRun'
  | 'tryStartRun'
  | 'getRun'

export type Arguments<M extends Method> = Parameters<Storage[M]>
export type Answer<M extends Method> = Awaited<ReturnType<Storage[M]>>

/** One call as its caller saw it. */
export interface Call<M extends Method = Method> {
  method: M
  args: Arguments<M>
  outcome: { answer: Answer<M> } | { error: StorageErrorCode }
  caller: string
  /** Nanoseconds of the clock that all threads of a process share. What it did, it did between the two. */
  called: number
  returned: number
}

/** A call of each method, so that the method says which arguments there are. */
export type AnyCall = { [M in Method]: Call<M> }[Method]

/** Which object the call is about: those of one do nothing to another, so each has a history of its own. */
export function objectOf({ method, args }: AnyCall): string {
  switch (method) {
    case 'kvSet':
    case 'kvGet':
    case 'kvDelete':
      return `key ${args[0]}`
    case 'createRun':
      return `run ${args[0].runId}`
    case 'tryStartRun':
    case 'getRun':
      return `run ${args[0]}`
    default:
      return 'pools'
  }
}

export const show = ({ caller, method, args, outcome }: AnyCall): string =>
  `${caller}: ${method}(${args.map(shown).join(', ')}) → ${shown('error' in outcome ? outcome.error : outcome.answer)}`

const shown = (value: unknown): string =>
  value instanceof Uint8Array ? `'${Buffer.from(value).toString()}'` : (JSON.stringify(value) ?? 'nothing')

export const answers = ({ outcome }: AnyCall, expected: unknown): boolean =>
  'answer' in outcome && isDeepStrictEqual(outcome.answer ?? undefined, expected)

export const fails = ({ outcome }: AnyCall, code: StorageErrorCode): boolean =>
  'error' in outcome && outcome.error === code
