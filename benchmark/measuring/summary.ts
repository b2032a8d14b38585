export interface Summary {
  readonly samples: number
  readonly min: number
  readonly p50: number
  readonly p75: number
  readonly p99: number
  readonly max: number
  /** The median of each round: how far they lie apart is how far to trust them. */
  readonly rounds: readonly number[]
}

/** The value below which that part of the sorted samples lies, interpolated between neighbours. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1)
}

export function summarize(rounds: readonly (readonly number[])[]): Summary {
  const sorted = Float64Array.from(rounds.flat()).toSorted()
  return {
    samples: sorted.length,
    min: sorted[0]!,
    p50: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    p99: quantile(sorted, 0.99),
    max: sorted[sorted.length - 1]!,
    rounds: rounds.map(samples => quantile(Float64Array.from(samples).toSorted(), 0.5)),
  }
}
