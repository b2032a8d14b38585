import type { Outcome } from './outcome.js'

/** Counts by row and column, as a table of Markdown; faults are columns of their own. */
export function table(title: string, outcomes: readonly Outcome[]): string {
  const columns = new Set<string>()
  const rows = new Map<string, Map<string, number>>()
  for (const { row, column, faults } of outcomes) {
    const name = faults[0] ? `FAULT: ${faults[0].what}` : column
    columns.add(name)
    const counts = rows.get(row) ?? new Map<string, number>()
    rows.set(row, counts.set(name, (counts.get(name) ?? 0) + 1))
  }
  // The same table whatever came first.
  const names = [...columns].toSorted((a, b) => isFault(a) - isFault(b) || (a < b ? -1 : 1))
  const cells = (row: string, counts: ReadonlyMap<string, number>): string => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    return line([row, String(total), ...names.map(name => String(counts.get(name) ?? ''))])
  }
  const sums = new Map(
    names.map(name => [name, [...rows.values()].reduce((sum, row) => sum + (row.get(name) ?? 0), 0)]),
  )
  const sorted = [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    line([title, 'all', ...names]),
    line(['---', ...Array.from({ length: names.length + 1 }, () => '---:')]),
    ...sorted.map(([row, counts]) => cells(row, counts)),
    cells('together', sums),
  ].join('\n')
}

/** Last. */
const isFault = (name: string): number => Number(name.startsWith('FAULT'))

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
