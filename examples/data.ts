// The rows that assets are made of, and the data sets that they come from.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type Row = Record<string, string | number>

const dataSets = join(dirname(require.resolve('vega-datasets')), '..', 'data')

/** A data set of the vega-datasets package. */
export function readDataSet(file: string): Row[] {
  const text = readFileSync(join(dataSets, file), 'utf8')
  return file.endsWith('.json') ? (JSON.parse(text) as Row[]) : parseCsv(text)
}

function parseCsv(text: string): Row[] {
  const [header = [], ...lines] = text
    .trim()
    .split(/\r?\n/)
    .map(line => Array.from(line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g), cell => cell[1] ?? cell[2] ?? ''))
  return lines.map(cells => Object.fromEntries(header.map((name, column) => [name, cells[column] ?? ''])))
}

export function groupBy(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}

export const sum = (rows: Row[], of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)

export const round = (value: number): number => Math.round(value * 10) / 10
