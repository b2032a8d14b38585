import type { Random } from '../../helpers/random.js'
import type { History } from '../model/history.js'
import type { Phase, Said } from '../process/worker.js'
import type { DiskFate } from './disk.js'
import type { Change } from './trace.js'

/** Where a trace is cut: in which phase, and after how many changes. */
export interface Cut {
  phase: Phase
  count: number
}

/** Phases are equally likely, however many changes they have. */
export function randomCut(random: Random, changes: readonly Change[]): Cut {
  const phases: { phase: Phase; from: number; to: number }[] = []
  for (const [index, change] of changes.entries()) {
    const said = saidBy(change)
    if (said?.[0] === 'phase') phases.push({ phase: said[1], from: index + 1, to: index + 1 })
    if (said?.[0] === 'over') phases.at(-1)!.to = index + 1
  }
  const { phase, from, to } = random.of(phases)
  return { phase, count: from + random.below(to - from + 1) }
}

export function saidBy(change: Change): Said | null {
  return change.kind === 'mark' && change.said.trim() ? (JSON.parse(change.said) as Said) : null
}

/** Tells the histories what was acknowledged before the cut, and what of it must be there after the power is back. */
export function acknowledgeUntil(
  cut: Cut,
  changes: readonly Change[],
  histories: readonly History[],
  durability: 'commit' | 'relaxed',
): void {
  const synced = histories.map(() => 0)
  for (const change of changes.slice(0, cut.count)) {
    const said = saidBy(change)
    if (said?.[0] === 'ack') histories[said[1]]!.acknowledge(said[2])
    if (said?.[0] !== 'over' || said[1] !== 'close') continue
    for (const [writer, { answers }] of histories.entries()) synced[writer] = answers.length
  }
  if (durability === 'commit') return
  for (const [writer, history] of histories.entries()) history.firm = synced[writer]!
}

/** Loses everything, nothing, or a random part of what was not synced. */
export function randomFate(random: Random): DiskFate {
  const share = random.of([0, 1, random.next(), random.next()])
  const keeps = (): boolean => random.next() < share
  const keptOf = (pending: number): number => (share === 1 ? pending : share === 0 ? 0 : random.below(pending + 1))
  return { keepsPage: keeps, keepsSize: keeps, keptOf }
}
