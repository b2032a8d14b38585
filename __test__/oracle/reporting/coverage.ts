import type { Replayed } from '../replaying/replay.js'
import type { Result } from './report.js'
import { groupBy } from './tally.js'

/** Of the recorded results that are not null, and not wholly replaced by a rule, so many per cent at least are compared. */
const LEAST_PER_CENT = 95

/** What the replays of all recordings in one place came to. */
export interface Coverage {
  readonly steps: number
  readonly results: number
  readonly compared: number
  readonly byRule: number
  readonly errors: number
  /** Operations of which no step was replayed, with the reason. */
  readonly never: ReadonlyMap<string, string>
  readonly operations: number
}

export function coverage(results: readonly Result[]): Coverage {
  const replayed = results.flatMap(result => result.replayed)
  const told = replayed.filter(({ step }) => step.result !== undefined && step.result !== null)
  const never = new Map<string, string>()
  const byOperation = groupBy(replayed, ({ step }) => step.op)
  for (const [op, steps] of byOperation) {
    const [first] = steps as [Replayed]
    if (steps.every(({ verdict }) => verdict === 'not replayed') && first.verdict === 'not replayed')
      never.set(op, first.why)
  }
  return {
    steps: replayed.length,
    results: told.length,
    compared: told.filter(isCompared).length,
    byRule: told.filter(({ verdict }) => verdict === 'by rule alone').length,
    errors: replayed.filter(step => step.step.error && isCompared(step)).length,
    never,
    operations: byOperation.size,
  }
}

const isCompared = ({ verdict }: Replayed): boolean => verdict === 'compared' || verdict === 'disagrees'

/** Of those that no rule settles alone: there, what the rule says is compared, and nothing that was recorded. */
export const perCent = ({ compared, results, byRule }: Coverage): number => (100 * compared) / (results - byRule)

/** What is missing to be enough, if anything. */
export function shortcomings(covered: Coverage): string[] {
  const few = perCent(covered) < LEAST_PER_CENT ? [`less than ${LEAST_PER_CENT} % of the results are compared`] : []
  const methods = [...covered.never.keys()].filter(op => !op.startsWith('$') && !OTHERS.includes(op))
  return [...few, ...methods.map(op => `no step of ${op} is replayed`)]
}

/** Methods of the reference's storage that the package leaves out. */
const OTHERS = ['_create_backfill']
