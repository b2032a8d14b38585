import { OURS, type Tier } from './peers/peer.js'
import { ratioTo, rowOf, summaryOf, type Figures } from './reporting/figures.js'
import { digits, megabytes, microseconds, perSecond, times } from './reporting/format.js'

export interface Verdict {
  readonly target: string
  readonly wanted: string
  readonly measured: string
  /** How far beyond the target: from 1 on it is reached. Null where the run has not measured it. */
  readonly margin: number | null
}
type Target = (figures: Figures) => Verdict

const SQLITE = ['better-sqlite3', 'libsql']
const NOT_MEASURED = { measured: 'not measured', margin: null }

/** At least so many times better than the best of these peers. */
const atLeast =
  (workload: string, tier: Tier, peers: readonly string[], factor: number): Target =>
  figures => {
    const target = `${workload}, ${tier}`
    const wanted = `≥ ${times(factor)} ${peers.join(' and ')}`
    const row = rowOf(figures, workload, tier)
    const ratios = peers.flatMap(peer => {
      const ratio = row && ratioTo(row, peer)
      return ratio === undefined ? [] : [{ peer, ratio }]
    })
    if (ratios.length === 0) return { target, wanted, ...NOT_MEASURED }
    const measured = ratios.map(({ peer, ratio }) => `${times(ratio)} ${peer}`).join(', ')
    return { target, wanted, measured, margin: Math.min(...ratios.map(({ ratio }) => ratio)) / factor }
  }

/** Our median is at most that. */
const within =
  (workload: string, tier: Tier, limit: number): Target =>
  figures => {
    const row = rowOf(figures, workload, tier)
    const summary = row && summaryOf(row, OURS)
    const described = { target: `${workload}, ${tier}`, wanted: `p50 ≤ ${microseconds(limit)}` }
    if (!summary) return { ...described, ...NOT_MEASURED }
    return { ...described, measured: microseconds(summary.p50), margin: limit / summary.p50 }
  }

/** So many events a second, by calls that store `count` each. */
const eventsPerSecond =
  (workload: string, tier: Tier, count: number, least: number): Target =>
  figures => {
    const row = rowOf(figures, workload, tier)
    const summary = row && summaryOf(row, OURS)
    const described = { target: `${workload}, ${tier}`, wanted: `≥ ${perSecond(least)}` }
    if (!summary) return { ...described, ...NOT_MEASURED }
    const rate = (count * 1_000_000) / summary.p50
    return { ...described, measured: perSecond(rate), margin: rate / least }
  }

/** The largest size on a curve that was measured costs at most so many times the smallest. */
const flat =
  (curve: string, tier: Tier, sizes: readonly number[], factor: number): Target =>
  figures => {
    const target = `${curve}, ${tier}`
    const at = (size: number): number | undefined => {
      const row = figures.rows.find(row => row.tier === tier && row.curve?.name === curve && row.curve.at === size)
      return row && summaryOf(row, OURS)?.p50
    }
    const [smallest, ...larger] = sizes
    const largest = larger.findLast(size => at(size) !== undefined)
    const small = at(smallest!)
    const wanted = `${sizes.at(-1)!.toLocaleString('en')} ≤ ${times(factor)} ${smallest!.toLocaleString('en')}`
    if (small === undefined || largest === undefined) return { target, wanted, ...NOT_MEASURED }
    const growth = at(largest)! / small
    return { target, wanted, measured: `${times(growth)} at ${largest.toLocaleString('en')}`, margin: factor / growth }
  }

const leavesNothing =
  (tier: Tier): Target =>
  figures => {
    const described = { target: `100 times open + close, ${tier}`, wanted: 'no thread, no file, ≤ 8 MB more' }
    const cycles = figures.cycles.find(cycles => cycles.tier === tier)
    if (!cycles) return { ...described, ...NOT_MEASURED }
    const { threads, files, bytes } = cycles
    const reached = threads <= 0 && files <= 0 && bytes <= 8_000_000
    const measured = `${digits(threads)} threads, ${digits(files)} files, ${megabytes(bytes)}`
    return { ...described, measured, margin: reached ? 1 : 0 }
  }

const residentWithin =
  (tier: Tier, limit: number): Target =>
  figures => {
    const described = { target: `resident memory, opened, ${tier}`, wanted: `≤ ${megabytes(limit)}` }
    const answer = figures.resident.find(row => row.peer === OURS && row.tier === tier)?.answer
    if (!answer || 'missing' in answer) return { ...described, ...NOT_MEASURED }
    return { ...described, measured: megabytes(answer.opened), margin: limit / answer.opened }
  }

const addonWithin =
  (limit: number): Target =>
  ({ addonBytes }) => {
    const described = { target: 'the addon that was measured', wanted: `≤ ${megabytes(limit)} as published` }
    if (addonBytes === null) return { ...described, ...NOT_MEASURED }
    return { ...described, measured: megabytes(addonBytes), margin: limit / addonBytes }
  }

const CROWD = [10, 10_000]
const EVENTS = [1000, 10_000, 100_000, 1_000_000]

/** What this storage is meant to reach: ratios where they can be, because machines differ. */
export const targets: readonly Target[] = [
  ...(['memory', 'relaxed', 'commit'] as const).map(tier => atLeast('kvGet, 256 bytes', tier, SQLITE, 1)),
  atLeast('claim + free', 'memory', ['reference'], 50),
  atLeast('claim + free', 'memory', SQLITE, 1),
  atLeast('claim + free', 'relaxed', SQLITE, 2),
  atLeast('claim + free, 64 callers', 'commit', SQLITE, 10),
  atLeast('claim + free, 64 callers', 'commit', ['reference'], 100),
  eventsPerSecond('storeEvents of 1000', 'commit', 1000, 100_000),
  atLeast('getEventsForRun of 102', 'memory', ['reference'], 4),
  atLeast('getEventsForRun of 102', 'commit', ['reference'], 4),
  within('hand-off, 2 waiting', 'memory', 100),
  ...(['memory', 'relaxed', 'commit'] as const).flatMap(tier => [
    flat('claim + free by crowd', tier, CROWD, 2),
    flat('renew by crowd', tier, CROWD, 2),
  ]),
  ...(['memory', 'relaxed'] as const).flatMap(tier => [
    flat('getEventsForRun by events', tier, EVENTS, 2),
    flat('getEventsForAsset by events', tier, EVENTS, 2),
  ]),
  within('open + close', 'memory', 10_000),
  within('open + close', 'commit', 50_000),
  leavesNothing('memory'),
  leavesNothing('commit'),
  residentWithin('commit', 75_000_000),
  addonWithin(45_000_000),
]
