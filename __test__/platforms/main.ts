// Built addons on other systems, in private roots: `npm run test:platforms -- x64-gnu | x64-musl | arm64-gnu …`. The addons are those that
// `npm run build:dist -- --target …` left in dist.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/setup/root.mjs'
import { stop } from '../../scripts/setup/run.mjs'
import { elapsed } from '../../scripts/lib/progress.js'
import { renderTable } from '../matrix/rows.js'
import { withTable } from './page.js'
import { tried, type Runtime, type Tried } from './runs.js'
import { tables } from './tables.js'

const page = join(root, 'docs', 'platforms.md')

/** Undefined if something failed in the runtime. */
function line(title: string, runtime: Runtime): Tried | undefined {
  const start = Date.now()
  const took = (): string => elapsed(Date.now() - start)
  try {
    const line = tried(runtime)
    console.log(`ok ${title}: ${line.cells.join(', ')} (${took()})`)
    return line
  } catch (error) {
    console.log(`not ok ${title}: ${runtime.name} (${took()})\n${(error as Error).message}`)
    return undefined
  }
}

/** Below the text of a table, since their titles say what they need. */
function skippedIn(lines: Tried[]): string {
  const titles = [...new Set(lines.flatMap(({ skipped }) => skipped))]
  return titles.length > 0 ? `\nSkipped tests: ${titles.map(title => `\`${title}\``).join(', ')}.` : ''
}

function main(): void {
  const words = process.argv.slice(2)
  const unknown = words.find(word => !(word in tables))
  if (words.length === 0 || unknown !== undefined) stop(`Name platforms of ${Object.keys(tables).join(', ')}.`)
  let [passed, failed] = [0, 0]
  for (const word of words) {
    const { title, text, columns, runtimes } = tables[word]!()
    const lines = runtimes.map(runtime => line(title, runtime))
    const done = lines.filter(line => line !== undefined)
    const cells = done.map(({ cells }) => cells)
    const table = renderTable({ title, text: text + skippedIn(done), columns }, cells)
    console.log(`\n${table}\n`)
    passed += done.length
    failed += lines.length - done.length
    if (done.length === lines.length) writeFileSync(page, withTable(readFileSync(page, 'utf8'), title, table))
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

main()
