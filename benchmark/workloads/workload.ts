import type { Form, Operations, Reply, Store, Tier } from '../peers/peer.js'

export type Offering<K extends keyof Operations> = Store & Required<Pick<Operations, K>>

interface Described {
  /** Its title in tables, and its name everywhere: unique. */
  readonly name: string
  readonly group: string
  /** Left out of a quick run. */
  readonly fullOnly?: boolean
  /** All tiers, unless said. */
  readonly tiers?: readonly Tier[]
  /** A point of a curve: the same work at several sizes. */
  readonly curve?: { readonly name: string; readonly at: number }
  /** How many events are stored before anything is measured, where they are many. */
  readonly events?: number
  /** It closes the store and opens it again. */
  readonly reopens?: boolean
  readonly needs: readonly (keyof Operations)[]
}

/** How long one call takes. */
export interface Latency extends Described {
  readonly measure: 'latency'
  readonly form: Form
  /** Fills a new store and gives the call that is timed; `again` opens the same store once more. */
  prepare(store: Store, again: () => Reply<Store>): Reply<() => unknown>
}

/** How many calls a second so many callers get through together, each waiting for its own. */
export interface Throughput extends Described {
  readonly measure: 'throughput'
  readonly form: 'promise'
  readonly callers: number
  prepare(store: Store): Reply<(caller: number) => Reply<unknown>>
}

export type Workload = Latency | Throughput

/** Types what `prepare` is handed by what the workload needs; whoever runs it has looked that the peer offers that. */
export const latency = <K extends keyof Operations>(
  described: Omit<Latency, 'measure' | 'form' | 'needs' | 'prepare'> & {
    readonly form?: Form
    readonly needs: readonly K[]
    prepare(store: Offering<K>, again: () => Reply<Store>): Reply<() => unknown>
  },
): Latency => ({ form: 'sync', ...described, measure: 'latency' }) as Latency

export const throughput = <K extends keyof Operations>(
  described: Omit<Throughput, 'measure' | 'form' | 'needs' | 'prepare'> & {
    readonly needs: readonly K[]
    prepare(store: Offering<K>): Reply<(caller: number) => Reply<unknown>>
  },
): Throughput => ({ ...described, measure: 'throughput', form: 'promise' }) as Throughput
