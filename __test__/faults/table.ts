import type { Row } from './judge.js'

const COLUMNS: [title: string, cell: (row: Row) => string | number][] = [
  ['fault', row => row.fault],
  ['faults', row => row.faults],
  ['calls', row => row.calls],
  ['errors', row => sum(row.errors)],
  ['longest call (ms)', row => Math.round(row.longestMs)],
  ['longest wait past its timeout (ms)', row => Math.round(row.overMs)],
  ['calls past the deadline', row => row.late],
  ['waits past their timeout', row => row.lateWaits],
  ['lost', row => row.lost],
  ['over-granted', row => row.overGranted],
  ['took effect after an error', row => row.afterError],
  ['unexpected', row => row.unexpected],
]

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0)

/** As Markdown. */
export function table(rows: Row[]): string {
  return [
    line(COLUMNS.map(([title]) => title)),
    line(COLUMNS.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.toSorted((a, b) => (a.fault < b.fault ? -1 : 1)).map(row => line(COLUMNS.map(([, cell]) => cell(row)))),
  ].join('\n')
}

const line = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`
