/** Each once, with how often it is there, in the order of the rules' numbers. */
export function tally(items: readonly string[]): string {
  const counts = [...groupBy(items, item => item)].map(([item, same]) => [item, same.length] as const)
  const sorted = counts.toSorted(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
  return sorted.map(([item, count]) => `${item} ${count}`).join(', ')
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
