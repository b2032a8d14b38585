import { isDeepStrictEqual } from 'node:util'
import { Refusal } from '../translating/errors.js'

/**
 * What is expected when a rule makes `after` of what was `before`: `expected` with the same changes, and the rest of it
 * as it is. `before` and `after` may say less than `expected` does; what they do not mention stays.
 */
export function patch(expected: unknown, before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return expected
  if (isRows(before) && isRows(after) && Array.isArray(expected)) return patchRows(expected, before, after)
  if (!isFields(before) || !isFields(after) || !isFields(expected)) return after
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const changed = { ...expected }
  for (const name of names) {
    if (isDeepStrictEqual(before[name], after[name])) continue
    if (name in after) changed[name] = patch(expected[name], before[name], after[name])
    else delete changed[name]
  }
  return changed
}

type Fields = Record<string, unknown>

/** Rows that come stay where `after` has them; rows of which neither says anything stay in front. */
function patchRows(expected: unknown[], before: Fields[], after: Fields[]): unknown[] {
  const known = new Map(before.map(row => [identity(row), row]))
  const recorded = new Map(expected.map(row => [identity(row as Fields), row]))
  const unmentioned = expected.filter(row => !known.has(identity(row as Fields)))
  const kept = new Set(after.map(identity))
  const rows = after.map(row => {
    const key = identity(row)
    return recorded.has(key) ? patch(recorded.get(key), known.get(key) ?? {}, row) : row
  })
  return [...unmentioned.filter(row => !kept.has(identity(row as Fields))), ...rows]
}

/** What tells a row from the others of its list. */
function identity(row: Fields): string {
  const names = ['id', 'pool_key', 'asset_key', 'run_id', 'step_key'].filter(name => name in row)
  const telling = names.includes('id') ? ['id'] : names
  return JSON.stringify(telling.map(name => row[name]))
}

function isRows(value: unknown): value is Fields[] {
  if (!Array.isArray(value) || !value.every(isFields)) return false
  return new Set(value.map(identity)).size === value.length
}

function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !Buffer.isBuffer(value) &&
    !(value instanceof Refusal)
  )
}
