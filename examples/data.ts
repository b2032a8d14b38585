// The rows that assets are made of: real data sets on the way in, result files on the way out.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type Row = Record<string, string | number>

const dataSets = join(dirname(require.resolve('vega-datasets')), '..', 'data')

/** A data set of the vega-datasets package. */
export async function readDataSet(file: string): Promise<Row[]> {
  const text = await readFile(join(dataSets, file), 'utf8')
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

/** What a result file holds. It names the code and the inputs it was made from, so that its hash changes with them. */
export interface Result {
  codeVersion: string
  inputs: [asset: string, dataVersion: string][]
  rows: Row[]
}

/** A folder with one file for each asset, or for each of its partitions. */
export class Results {
  constructor(readonly dir: string) {}

  /** Replaces the file as a whole: whoever is killed here leaves the old one or the new one. Gives its data version. */
  async save(asset: string, partition: string | null, result: Result): Promise<string> {
    const file = this.#file(asset, partition)
    const text = JSON.stringify(result)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.tmp`, text)
    await rename(`${file}.tmp`, file)
    return createHash('sha256').update(text).digest('hex')
  }

  async rows(asset: string, partitions: readonly string[] | null): Promise<Row[]> {
    const files = (partitions ?? [null]).map(partition => this.#file(asset, partition))
    const texts = await Promise.all(files.map(file => readFile(file, 'utf8')))
    return texts.flatMap(text => (JSON.parse(text) as Result).rows)
  }

  #file(asset: string, partition: string | null): string {
    return join(this.dir, asset, `${partition ?? 'all'}.json`)
  }
}
