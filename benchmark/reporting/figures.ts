import type { Missing } from '../measuring/contender.js'
import type { Cycles } from '../measuring/cycles.js'
import type { Machine } from '../measuring/machine.js'
import type { Resident } from '../measuring/resident.js'
import type { Measured, NotMeasured } from '../measuring/rounds.js'
import type { Summary } from '../measuring/summary.js'
import { OURS, type Absent, type Tier } from '../peers/peer.js'
import type { Workload } from '../workloads/workload.js'

/** A workload in a tier: what every peer needed for it, measured in turns. */
export interface Row extends Pick<Workload, 'name' | 'group' | 'measure' | 'curve'> {
  readonly tier: Tier
  readonly answers: readonly (Measured | NotMeasured)[]
  /** What fdatasync took in the same rounds, for durable stores. */
  readonly disk?: Summary
}
export interface ResidentRow {
  readonly peer: string
  readonly tier: Tier
  readonly answer: Resident | Missing
}

/** Everything a run has found out. Latencies are microseconds, throughputs calls a second, sizes bytes. */
export interface Figures {
  readonly when: string
  readonly pace: 'quick' | 'full'
  readonly machine: Machine
  readonly addonBytes: number | null
  readonly peers: readonly string[]
  readonly absent: readonly Absent[]
  readonly rows: readonly Row[]
  readonly resident: readonly ResidentRow[]
  readonly cycles: readonly Cycles[]
}

export const summaryOf = (row: Row, peer: string): Summary | undefined => {
  const answer = row.answers.find(answer => answer.peer === peer)
  return answer && 'summary' in answer ? answer.summary : undefined
}

export const rowOf = (figures: Figures, workload: string, tier: Tier): Row | undefined =>
  figures.rows.find(row => row.name === workload && row.tier === tier)

/** How many times better than the peer we are in that row. */
export function ratioTo(row: Row, peer: string): number | undefined {
  const ours = summaryOf(row, OURS)
  const theirs = summaryOf(row, peer)
  if (!ours || !theirs) return undefined
  return row.measure === 'latency' ? theirs.p50 / ours.p50 : ours.p50 / theirs.p50
}

/** How far the rounds' medians lie apart, as a part of the median. */
export const spreadOf = ({ rounds, p50 }: Summary): number => (Math.max(...rounds) - Math.min(...rounds)) / p50
