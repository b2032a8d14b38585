import { OURS } from '../peers/peer.js'
import { ratioTo, spreadOf, summaryOf, type Figures } from './figures.js'
import { markdownTable, times } from './format.js'

/** What is committed of a run: how many times better we are, by row and peer. */
export interface Ratios {
  readonly about: string
  /** Tells the profiles apart: one addon is compared with another of its kind only. */
  readonly addonBytes: number | null
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export function ratiosOf(figures: Figures): Ratios {
  const { machine, addonBytes } = figures
  const entries = figures.rows.map(row => {
    const others = figures.peers.filter(peer => peer !== OURS)
    const ratios = others.flatMap(peer => {
      const ratio = ratioTo(row, peer)
      return ratio === undefined ? [] : [[peer, Number(ratio.toPrecision(3))] as const]
    })
    return [`${row.name}, ${row.tier}`, Object.fromEntries(ratios)] as const
  })
  return {
    about: `${figures.pace} run, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    addonBytes,
    ratios: Object.fromEntries(entries.filter(([, ratios]) => Object.keys(ratios).length > 0)),
  }
}

/** Addons of one profile differ by less. */
const SIZES_APART = 1.25

export const areOfOneKind = (one: Pick<Ratios, 'addonBytes'>, other: Pick<Ratios, 'addonBytes'>): boolean =>
  one.addonBytes === other.addonBytes ||
  (one.addonBytes !== null &&
    other.addonBytes !== null &&
    Math.max(one.addonBytes / other.addonBytes, other.addonBytes / one.addonBytes) < SIZES_APART)

/** Less than this comes from the machine. */
const NOISE = 1.25

/** The ratios that moved further than noise, and than the rounds of this run lie apart. */
export function compareRatios(committed: readonly Ratios[], figures: Figures): string {
  const now = ratiosOf(figures)
  const before = committed.find(ratios => areOfOneKind(ratios, now))
  if (before === undefined) return 'No ratios of such an addon are committed: --record writes them.'
  const changed: string[][] = []
  let same = 0
  for (const row of figures.rows) {
    const key = `${row.name}, ${row.tier}`
    for (const [peer, ratio] of Object.entries(now.ratios[key] ?? {})) {
      const old = before.ratios[key]?.[peer]
      if (old === undefined) continue
      const spread = Math.max(...[OURS, peer].map(name => spreadOf(summaryOf(row, name)!)))
      const change = ratio / old
      if (Math.max(change, 1 / change) <= Math.max(NOISE, 1 + spread)) same += 1
      else changed.push([key, peer, times(old), times(ratio), `${change > 1 ? 'better' : 'WORSE'} ${times(change)}`])
    }
  }
  const head = ['row', 'against', 'committed', 'now', 'change']
  const table = changed.length > 0 ? `\n\n${markdownTable(head, changed)}` : ''
  return `${changed.length} ratios changed, ${same} did not (${before.about}).${table}`
}
