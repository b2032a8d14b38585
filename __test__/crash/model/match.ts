/** Stands for what only the store knows. */
export const ANY = Symbol('any')

/**
 * Where `actual` differs from `expected`, or null. An object has at least the expected fields; a list has exactly the
 * expected elements.
 */
export function difference(expected: unknown, actual: unknown, at = ''): string | null {
  if (expected === ANY) return actual === null || actual === undefined ? `${at}: nothing` : null
  if (Array.isArray(expected)) return listDifference(expected, actual, at)
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${at}: ${show(actual)} in place of ${show(expected)}`
    for (const [name, value] of Object.entries(expected)) {
      const found = difference(value, (actual as Record<string, unknown>)[name], `${at}.${name}`)
      if (found) return found
    }
    return null
  }
  return Object.is(expected, actual) ? null : `${at}: ${show(actual)} in place of ${show(expected)}`
}

function listDifference(expected: readonly unknown[], actual: unknown, at: string): string | null {
  if (!Array.isArray(actual)) return `${at}: ${show(actual)} in place of a list`
  for (const [index, value] of expected.entries()) {
    if (index >= actual.length) break
    const found = difference(value, actual[index], `${at}[${index}]`)
    if (found) return `${found} (${actual.length} in place of ${expected.length})`
  }
  return actual.length === expected.length ? null : `${at}: ${actual.length} in place of ${expected.length}`
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value, (_, part: unknown) => (part === ANY ? '<any>' : part)) ?? 'undefined'
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
