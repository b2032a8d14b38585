import { OURS, TIERS, type Tier } from '../peers/peer.js'
import { summaryOf, type Figures, type Row } from '../reporting/figures.js'
import type { Summary } from '../measuring/summary.js'
import type { Chart, Panel, Series } from './chart.js'

const points = (
  rows: readonly Row[],
  peer: string,
  value: (summary: Summary) => number,
): (readonly [number, number])[] =>
  rows.flatMap(row => {
    const summary = summaryOf(row, peer)
    return summary && row.curve ? [[row.curve.at, value(summary)] as const] : []
  })

const p50 = (summary: Summary): number => summary.p50

/** One line for each peer, one panel for each tier. */
function panelsOf(figures: Figures, curve: string): Panel[] {
  return TIERS.flatMap(tier => {
    const rows = rowsOf(figures, curve, tier)
    const series = figures.peers.map(name => ({ name, points: points(rows, name, p50) }))
    return panel(tier, series)
  })
}

const rowsOf = (figures: Figures, curve: string, tier: Tier): Row[] =>
  figures.rows.filter(row => row.tier === tier && row.curve?.name === curve)

/** A line needs two points. */
function panel(title: string, series: readonly Series[]): Panel[] {
  const drawn = series.filter(({ points }) => points.length > 1)
  return drawn.length > 0 ? [{ title, series: drawn }] : []
}

const QUANTILES: [name: string, value: (summary: Summary) => number][] = [
  ['p50', p50],
  ['p75', summary => summary.p75],
  ['p99', summary => summary.p99],
]

/** Every plot of a run, by the name of its file; those without figures have no panel. */
export const chartsOf = (figures: Figures): ReadonlyMap<string, Chart> =>
  new Map<string, Chart>([
    [
      'claims-by-callers',
      {
        title: 'Claim + free: how many a second, by callers at once',
        xLabel: 'callers',
        yLabel: 'claims + frees a second',
        panels: panelsOf(figures, 'claim + free by callers'),
      },
    ],
    [
      'hand-off',
      {
        title: 'From a release to the next grant, by how many wait',
        xLabel: 'waiting',
        yLabel: 'microseconds',
        panels: TIERS.flatMap(tier => {
          const rows = rowsOf(figures, 'hand-off by waiting', tier)
          return panel(
            tier,
            QUANTILES.map(([name, value]) => ({ name, points: points(rows, OURS, value) })),
          )
        }),
      },
    ],
    [
      'claims-by-crowd',
      {
        title: 'Claim + free, by how many hold and wait in the pool',
        xLabel: 'holders, and as many waiters',
        yLabel: 'microseconds',
        panels: panelsOf(figures, 'claim + free by crowd'),
      },
    ],
    [
      'lists-by-events',
      {
        title: 'A list of 100 events, by how many are stored',
        xLabel: 'events in the store',
        yLabel: 'microseconds',
        panels: ['getEventsForRun', 'getEventsForAsset'].flatMap(what =>
          panelsOf(figures, `${what} by events`).map(({ title, series }) => ({ title: `${what}, ${title}`, series })),
        ),
      },
    ],
  ])

/** Everything that may be drawn, in the order of colours. */
export const namesOf = (figures: Figures): string[] => [...figures.peers, ...QUANTILES.map(([name]) => name)]
