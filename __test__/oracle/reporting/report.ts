import { inspect } from 'node:util'
import type { Difference } from '../comparing/compare.js'
import { perCent, type Coverage } from './coverage.js'
import { Failure, Refusal } from '../translating/errors.js'
import type { Recording } from '../reading/recording.js'
import type { Place, Replayed } from '../replaying/replay.js'
import { groupBy, tally } from './tally.js'

/** A recording as it was replayed in one place. */
export interface Result {
  readonly recording: Recording
  readonly place: Place
  readonly replayed: readonly Replayed[]
}

export const agrees = ({ replayed }: Result): boolean => replayed.every(({ verdict }) => verdict !== 'disagrees')

/** Of one recording, in all places: a line for all that came to the same, and under it what disagrees. */
export function describe(results: readonly Result[]): string {
  const [{ recording }] = results as [Result]
  const groups = groupBy(results, result => [summary(result.replayed), ...disagreements(result.replayed)].join('\n'))
  const lines = [...groups].map(([text, same]) => {
    const where = groups.size > 1 ? ` [${same.map(({ place }) => `${place.backend} ${place.form}`).join(', ')}]` : ''
    return `${recording.scenario}${where}: ${text}`
  })
  return lines.join('\n')
}

/** '9 compared (D6 2), 1 by rule alone (D6 1), 2 not replayed (a note 2)' */
export function summary(replayed: readonly Replayed[]): string {
  const parts = (['compared', 'by rule alone', 'done', 'not replayed', 'disagrees'] as const).map(verdict => {
    const steps = replayed.filter(step => step.verdict === verdict)
    const reasons = steps.flatMap(step => (step.verdict === 'not replayed' ? [reason(step)] : step.rules))
    return steps.length > 0 ? `${steps.length} ${verdict}${reasons.length > 0 ? ` (${tally(reasons)})` : ''}` : ''
  })
  return parts.filter(Boolean).join(', ')
}

const reason = ({ why, rules }: { why: string; rules: readonly string[] }): string => [...rules, why].join(': ')

export function describeCoverage({ backend, form }: Place, covered: Coverage): string {
  const { steps, results, compared, byRule, errors, operations, never } = covered
  const lines = [
    `On ${backend}, ${form} form: ${steps} steps. Of ${results} recorded results that are not null, rules replace ${byRule} ` +
      `wholly; of the others ${compared} are compared (${perCent(covered).toFixed(1)} %). ${errors} errors are compared.`,
    `  ${operations} operations; not replayed: ${[...never].map(([op, why]) => `${op} (${why})`).join(', ') || 'none'}`,
  ]
  return lines.join('\n')
}

function disagreements(replayed: readonly Replayed[]): string[] {
  return replayed.flatMap(step => {
    if (step.verdict !== 'disagrees') return []
    const { op, args } = step.step
    const rules = step.rules.length > 0 ? ` (by ${step.rules.join(', ')})` : ''
    return step.differences.map(
      difference => `  DISAGREES at step ${step.at}, ${op}${shown(args)}${rules}: ${describeDifference(difference)}`,
    )
  })
}

const describeDifference = ({ path, expected, ours }: Difference): string =>
  `${path || 'the result'} should be ${shown(expected)} and is ${shown(ours)}`

function shown(value: unknown): string {
  if (value instanceof Refusal)
    return `refused (${value.code ?? 'any code'}${value.names ? `, naming ${value.names}` : ''})`
  if (value instanceof Failure)
    return `refused (${inspect(value.error, { compact: true, breakLength: Infinity }).split('\n')[0]})`
  const text = inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 12, maxStringLength: 120 })
  return text.length > 600 ? `${text.slice(0, 600)}…` : text
}
