const NUMBERS: Record<string, number> = { one: 1, two: 2, three: 3, four: 4, five: 5 }

/** The part of a list that was recorded, by the recording's words for it; undefined when nobody knows what they mean. */
export function projected(projection: string, list: unknown[]): unknown[] | undefined {
  if (projection === 'display') return list.map(key => (key as { display: string }).display)
  // Of a list that is newest first.
  const [, part, count, first = part] = projection.match(/^(oldest|newest) (\w+)(?:, (oldest|newest) first)?$/) ?? []
  const length = NUMBERS[count ?? ''] ?? Number(count)
  if (!part || !Number.isInteger(length)) return undefined
  const rows = part === 'oldest' ? list.toReversed().slice(0, length) : list.slice(0, length)
  return part === first ? rows : rows.toReversed()
}
