import type { Crowd } from './fleet.js'
import type { Load } from './load.js'

export interface Entry {
  readonly id: string
  readonly name: string
  readonly load: Load
  readonly crowd: Crowd
  readonly by?: 'reference'
  /** What is timed: from the call to its grant, unless it is the time from a release to the next grant. */
  readonly times?: 'hand-off'
  /** So many times as long as other slices: where a turn of the whole queue takes long, or the tail of few waits counts. */
  readonly stretch?: number
}

const NEVER_FULL = 1000
const UNLIMITED = -1

const inOne = (callers: number): Crowd => ({ processes: 1, clients: 1, callers })
const apart = (processes: number, clients: number): Crowd => ({ processes, clients, callers: 1 })

const free: Load = { call: 'claim', pools: 1, limit: NEVER_FULL }
const spread: Load = { call: 'claim', pools: 32, limit: NEVER_FULL }
const unlimited: Load = { call: 'acquire', pools: 1, limit: UNLIMITED }
const full: Load = { call: 'acquire', pools: 1, limit: 8, holdMs: 20 }

/** Those of one row are measured in turns. */
export const rows: readonly (readonly Entry[])[] = [
  [
    { id: 'alone', name: 'claim + free, 1 caller', load: free, crowd: inOne(1) },
    { id: 'alone-reference', name: 'the same, reference', load: free, crowd: inOne(1), by: 'reference' },
  ],
  [
    { id: 'callers', name: 'claim + free, 64 callers on 32 pools', load: spread, crowd: inOne(64) },
    { id: 'callers-reference', name: 'the same, reference', load: spread, crowd: inOne(64), by: 'reference' },
  ],
  [
    {
      id: 'unlimited',
      name: 'acquire + release, 32 clients, no limit',
      load: unlimited,
      crowd: apart(4, 8),
      stretch: 2,
    },
    { id: 'unlimited-alone', name: 'the same, 1 client', load: unlimited, crowd: inOne(1) },
  ],
  [
    {
      id: 'full-32',
      name: 'acquire, hold 20 ms, release, 32 clients, 8 slots',
      load: full,
      crowd: apart(4, 8),
      stretch: 2,
    },
    { id: 'full-128', name: 'the same, 128 clients', load: full, crowd: apart(4, 32), stretch: 2 },
    { id: 'full-one', name: 'the same, 1 client with 32 callers', load: full, crowd: inOne(32), stretch: 2 },
  ],
  [
    {
      id: 'random',
      name: 'claim + free, 8 clients on 32 pools at random',
      load: { ...spread, pick: 'random' },
      crowd: apart(4, 2),
    },
  ],
  [
    {
      id: 'hand-off',
      name: 'hand-off, 2 processes, 1 slot, held 5 ms',
      load: { call: 'acquire', pools: 1, limit: 1, holdMs: 5 },
      crowd: apart(2, 1),
      times: 'hand-off',
    },
    {
      id: 'round-trip',
      name: 'round trip: kvGet of an absent key',
      load: { call: 'get', pools: 1, limit: 1 },
      crowd: inOne(1),
    },
  ],
]

export const PROCESSES = Math.max(...rows.flat().map(({ crowd }) => crowd.processes))
