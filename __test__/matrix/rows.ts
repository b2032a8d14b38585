import { join } from 'node:path'
import { elapsed } from '../../scripts/lib/progress.js'
import { project } from '../install/project.js'
import type { Place } from './commands.js'

/** A line of a table: something that is tried. */
export interface Row {
  name: string
  /** Runs it in an empty project; gives the other columns. Throws what does not hold. */
  run: (place: Place) => Promise<string[]>
}

export interface Table {
  title: string
  text: string
  columns: string[]
  rows: Row[]
}

export interface Outcome {
  table: Table
  /** Without the rows that failed. */
  cells: string[][]
  failed: number
}

/** Runs the rows one after the other: each is a heavy process of its own. */
export async function runTable(table: Table, place: Place, isWanted: (name: string) => boolean): Promise<Outcome> {
  const cells: string[][] = []
  let failed = 0
  for (const [index, { name, run }] of table.rows.entries()) {
    const title = `${table.title}: ${name}`
    if (!isWanted(title)) continue
    const start = Date.now()
    const dir = project(join(place.dir, `${table.title}-${index}`.replaceAll(/\W+/g, '-').toLowerCase()))
    try {
      cells.push([name, ...(await run({ ...place, dir }))])
      console.log(`ok ${title} (${elapsed(Date.now() - start)})`)
    } catch (error) {
      failed++
      console.log(`not ok ${title} (${elapsed(Date.now() - start)})\n${(error as Error).message}`)
    }
  }
  return { table, cells, failed }
}

const line = (cells: string[]): string => `| ${cells.join(' | ')} |`

export const renderTable = ({ title, text, columns }: Omit<Table, 'rows'>, cells: string[][]): string =>
  [`## ${title}`, text, [columns, columns.map(() => '---'), ...cells].map(line).join('\n')].join('\n\n')
