import { quantile } from '../measuring/summary.js'
import type { Call, Pace, Slice } from './load.js'
import type { ReferenceSlice } from './reference.js'
import type { Entry } from './rows.js'

/** What one slice of an entry gave. Times in microseconds; what was not timed is absent. */
export interface Round {
  readonly perSecond: number
  readonly p50?: number
  readonly p99?: number
  readonly p999?: number
}

export interface Figures {
  readonly entry: Entry
  readonly rounds: Round[]
  errors: number
  error?: string
}

export function roundOf(entry: Entry, slices: readonly Slice[], { sliceMs }: Pace): Round {
  const count = slices.reduce((sum, { calls }) => sum + calls.length, 0)
  const times = entry.times === 'hand-off' ? handOffs(slices) : waits(slices)
  const sorted = Float64Array.from(times).toSorted()
  return {
    perSecond: (count * 1000) / sliceMs,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    p999: quantile(sorted, 0.999),
  }
}

export const roundOfReference = ({ calls }: ReferenceSlice, { sliceMs }: Pace): Round => ({
  perSecond: (calls * 1000) / sliceMs,
})

const waits = (slices: readonly Slice[]): number[] =>
  slices.flatMap(({ calls }) => calls.map(({ asked, granted }) => granted - asked))

/** Tokens grow from grant to grant. Only where the next holder waited already, its grant is the hand-off alone. */
function handOffs(slices: readonly Slice[]): number[] {
  const grants = slices
    .flatMap(({ calls }, by) => calls.map((call): Call & { by: number } => ({ ...call, by })))
    .toSorted((a, b) => a.token - b.token)
  return grants.flatMap((next, i) => {
    const last = grants[i - 1]
    return last && last.by !== next.by && next.asked < last.freeing ? [next.granted - last.freeing] : []
  })
}

/** The median of the rounds, and how far they lie apart. */
export interface Median {
  readonly value: number
  readonly min: number
  readonly max: number
}

export function median(values: readonly (number | undefined)[]): Median | null {
  const known = values.filter(value => value !== undefined && Number.isFinite(value)) as number[]
  const sorted = Float64Array.from(known).toSorted()
  if (sorted.length === 0) return null
  return { value: quantile(sorted, 0.5), min: sorted[0]!, max: sorted[sorted.length - 1]! }
}
