import { OURS, TIERS, type Tier } from '../peers/peer.js'
import type { Verdict } from '../targets.js'
import { ratioTo, spreadOf, summaryOf, type Figures, type ResidentRow, type Row } from './figures.js'
import { digits, markdownTable, megabytes, microseconds, perSecond, times } from './format.js'

const value = ({ measure }: Row, figure: number): string =>
  measure === 'latency' ? microseconds(figure) : perSecond(figure)

/** Median, spread within and between rounds. */
function ours(row: Row): string {
  const summary = summaryOf(row, OURS)
  if (!summary) return '-'
  const within = row.measure === 'latency' ? ` (p75 ${value(row, summary.p75)}, p99 ${value(row, summary.p99)})` : ''
  return `${value(row, summary.p50)}${within} ±${digits(spreadOf(summary) * 50)}%`
}

function theirs(row: Row, peer: string): string {
  const summary = summaryOf(row, peer)
  const ratio = ratioTo(row, peer)
  return summary && ratio !== undefined ? `${value(row, summary.p50)} (${times(ratio)})` : '-'
}

/** A table for each tier: the median, and in brackets how many times better we are. */
export function workloadTable(figures: Figures, tier: Tier): string | null {
  const rows = figures.rows.filter(row => row.tier === tier)
  const others = figures.peers.filter(peer => peer !== OURS && rows.some(row => summaryOf(row, peer)))
  if (rows.length === 0) return null
  const withDisk = rows.some(row => row.disk)
  return markdownTable(
    [tier, OURS, ...others, ...(withDisk ? ['fdatasync'] : [])],
    rows.map(row => [
      row.name,
      ours(row),
      ...others.map(peer => theirs(row, peer)),
      ...(withDisk ? [row.disk ? `${microseconds(row.disk.p50)} (p99 ${microseconds(row.disk.p99)})` : '-'] : []),
    ]),
  )
}

export function residentTable(rows: readonly ResidentRow[]): string {
  const cell = (peer: string, tier: Tier): string => {
    const answer = rows.find(row => row.peer === peer && row.tier === tier)?.answer
    if (!answer || 'missing' in answer) return '-'
    return megabytes(answer.opened) + (answer.filled === undefined ? '' : ` (filled: ${megabytes(answer.filled)})`)
  }
  const names = [...new Set(rows.map(row => row.peer))]
  return markdownTable(
    ['resident memory, opened', ...TIERS],
    names.map(peer => [peer, ...TIERS.map(tier => cell(peer, tier))]),
  )
}

export const targetTable = (verdicts: readonly Verdict[]): string =>
  markdownTable(
    ['target', 'wanted', 'measured', ''],
    verdicts.map(({ target, wanted, measured, margin }) => [
      target,
      wanted,
      measured,
      margin === null ? '-' : margin >= 1 ? 'reached' : `NOT reached (${digits(margin * 100)}%)`,
    ]),
  )

/** Why a peer has no figure, each reason once. */
export function absences(figures: Figures): string[] {
  const reasons = new Map<string, string[]>()
  for (const row of figures.rows) {
    for (const answer of row.answers) {
      if (!('missing' in answer)) continue
      const key = `${answer.peer}: ${answer.missing}`
      reasons.set(key, [...(reasons.get(key) ?? []), `${row.name}, ${row.tier}`])
    }
  }
  return [
    ...figures.absent.map(({ name, reason }) => `${name} is absent: ${reason}`),
    ...[...reasons].map(
      ([reason, rows]) => `${reason} (${rows.length <= 3 ? rows.join('; ') : `${rows.length} rows`})`,
    ),
  ]
}
