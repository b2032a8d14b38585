// `npm run house`: prints how the code is built and described, in figures. `-- --root <folder>` counts another checkout,
// `-- --list` prints what was counted.
import { parseArgs } from 'node:util'
import { rustParser } from './rust.js'
import { count } from './table.js'
import { treeOf } from './tree.js'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { root: { type: 'string', default: process.cwd() }, list: { type: 'boolean', default: false } },
  })
  const rows = count(await rustParser(), treeOf(values.root))
  const width = Math.max(...rows.map(({ title }) => title.length))
  for (const { title, count, list } of rows) {
    console.log(`${title.padEnd(width)}  ${count}`)
    if (values.list) for (const line of list) console.log(`  ${line}`)
  }
}

void main()
