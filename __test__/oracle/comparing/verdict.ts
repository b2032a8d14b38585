import { isDeepStrictEqual } from 'node:util'
import type { NotReplayed } from '../translating/calls.js'
import { compare, type Difference } from './compare.js'
import { Refusal, refusal } from '../translating/errors.js'
import type { Step } from '../reading/recording.js'
import type { World } from '../replaying/world.js'

export type Outcome = Answered | NotReplayed

/** What a step has to be held against what was recorded. */
export interface Answered {
  /** Undefined where anything is right. */
  readonly recorded: unknown
  /** The same as recorded, but for what rules make of it. */
  readonly expected: unknown
  readonly rules: readonly string[]
  readonly ours: unknown
}

/** Anything is right, but that it fails. */
export const succeeds = (ours: unknown): Answered => ({ recorded: undefined, expected: undefined, rules: [], ours })

/** There is nothing to compare. */
export const DONE = succeeds(undefined)

/** What came of the step when it was recorded. */
export const recordedOf = (step: Step): unknown => (step.error ? refusal(step) : step.result)

/** Held against what was recorded, as it is. */
export function plainly(step: Step, ours: unknown, expected = recordedOf(step)): Answered {
  return { recorded: recordedOf(step), expected, rules: [], ours }
}

export type Verdict = { readonly rules: readonly string[]; readonly expected: unknown } & (
  | { readonly verdict: 'compared' | 'by rule alone' | 'done' }
  | { readonly verdict: 'disagrees'; readonly differences: readonly Difference[] }
)

export function judge({ recorded, expected, rules, ours }: Answered, world: World): Verdict {
  const differences = compare(expected, ours, world)
  if (differences.length > 0) return { verdict: 'disagrees', rules, expected, differences }
  if (expected === undefined) return { verdict: 'done', rules, expected }
  return { verdict: isKept(recorded, expected) ? 'compared' : 'by rule alone', rules, expected }
}

/** Whether anything that was recorded is still expected. */
function isKept(recorded: unknown, expected: unknown): boolean {
  if (isDeepStrictEqual(recorded, expected)) return true
  if (!isOpen(recorded) || !isOpen(expected)) return false
  const { $one_of: choices } = recorded as { $one_of?: unknown[] }
  if (choices) return choices.some(choice => isKept(choice, expected))
  if (!Array.isArray(recorded)) {
    return Object.entries(recorded).some(([name, field]) => isKept(field, (expected as Record<string, unknown>)[name]))
  }
  // Rows may have come, gone, or changed places.
  return Array.isArray(expected) && recorded.some(row => expected.some(other => isKept(row, other)))
}

const isOpen = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value) && !(value instanceof Refusal)
