// Built addons on other systems, in private roots: `npm run test:platforms -- x64-gnu | x64-musl | arm64-gnu …`. The addons are those that
// `npm run build:dist -- --target …` left in dist.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/setup/root.mjs'
import { stop } from '../../scripts/setup/run.mjs'
import { elapsed } from '../../scripts/lib/progress.js'
import { renderTable } from '../matrix/rows.js'
import { tried, type Runtime } from './runs.js'
import { tables } from './tables.js'

const page = join(root, 'docs', 'platforms.md')

/** Replaces the table of this title on the page. */
function write(title: string, table: string): void {
  const text = readFileSync(page, 'utf8')
  const [before, after] = text.split(`## ${title}\n`)
  const rest = after?.replace(/^[^]*?(?=\n## |$)/, '') ?? stop(`docs/platforms.md has no heading ${title}.`)
  writeFileSync(page, `${before}${table}\n${rest}`)
}

/** The runtime's line of the table; undefined if something failed in it. */
function line(title: string, runtime: Runtime): string[] | undefined {
  const start = Date.now()
  const took = (): string => elapsed(Date.now() - start)
  try {
    const cells = tried(runtime)
    console.log(`ok ${title}: ${cells.join(', ')} (${took()})`)
    return cells
  } catch (error) {
    console.log(`not ok ${title}: ${runtime.name} (${took()})\n${(error as Error).message}`)
    return undefined
  }
}

function main(): void {
  const words = process.argv.slice(2)
  const unknown = words.find(word => !(word in tables))
  if (words.length === 0 || unknown !== undefined) stop(`Name platforms of ${Object.keys(tables).join(', ')}.`)
  let [passed, failed] = [0, 0]
  for (const word of words) {
    const { title, text, columns, runtimes } = tables[word]!()
    const lines = runtimes.map(runtime => line(title, runtime))
    const cells = lines.filter(line => line !== undefined)
    const table = renderTable({ title, text, columns }, cells)
    console.log(`\n${table}\n`)
    passed += cells.length
    failed += lines.length - cells.length
    if (cells.length === lines.length) write(title, table)
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

main()
