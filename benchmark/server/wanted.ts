import { median, type Figures, type Median, type Round } from './figures.js'

/** A ratio that is wanted of a store on a server. */
export interface Wanted {
  readonly name: string
  readonly of: [id: string, figure: keyof Round]
  readonly to: [id: string, figure: keyof Round]
  readonly atLeast?: number
  readonly atMost?: number
  readonly aim?: number
}

const rate = (name: string, of: string, to: string, atLeast: number, aim?: number): Wanted => ({
  name,
  of: [of, 'perSecond'],
  to: [to, 'perSecond'],
  atLeast,
  aim,
})

export const WANTED: readonly Wanted[] = [
  rate('1 caller to the reference', 'alone', 'alone-reference', 2, 3),
  rate('64 callers on 32 pools to the reference', 'callers', 'callers-reference', 15),
  rate('32 clients to 1, no limit', 'unlimited', 'unlimited-alone', 1.2),
  {
    name: '32 clients, no limit: p99.9 of a wait to its p50',
    of: ['unlimited', 'p999'],
    to: ['unlimited', 'p50'],
    atMost: 3,
  },
  rate('32 clients to 32 callers of one, 8 slots', 'full-32', 'full-one', 0.8),
  rate('128 clients to 32 callers of one, 8 slots', 'full-128', 'full-one', 0.6),
  { name: 'hand-off to a round trip, p50', of: ['hand-off', 'p50'], to: ['round-trip', 'p50'], atMost: 10, aim: 5 },
]

export interface Verdict {
  readonly wanted: Wanted
  /** The ratio of the medians, and the least and the greatest of the rounds. Null without figures. */
  readonly ratio: Median | null
  readonly isReached: boolean
}

/** Of the ratios whose rows were measured. */
export function verdicts(measured: readonly Figures[]): Verdict[] {
  const find = (id: string): Figures | undefined => measured.find(({ entry }) => entry.id === id)
  return WANTED.flatMap(wanted => {
    const [of, to] = [find(wanted.of[0]), find(wanted.to[0])]
    return of && to ? [verdict(wanted, of.rounds, to.rounds)] : []
  })
}

function verdict(wanted: Wanted, of: readonly Round[], to: readonly Round[]): Verdict {
  const [upper, lower] = [of.map(round => round[wanted.of[1]]), to.map(round => round[wanted.to[1]])]
  const [value, base] = [median(upper)?.value, median(lower)?.value]
  const apart = median(upper.map((figure, i) => figure! / lower[i]!))
  if (value === undefined || base === undefined || !apart) return { wanted, ratio: null, isReached: false }
  const ratio = { ...apart, value: value / base }
  const isReached = ratio.value >= (wanted.atLeast ?? 0) && ratio.value <= (wanted.atMost ?? Infinity)
  return { wanted, ratio, isReached }
}
