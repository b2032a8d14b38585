// Fails when a folder of crates/storage imports one that stands above it in lib.rs.
import { DOMAIN, readDomain } from './house/domain.js'
import { areOrdered, toAbove, upward } from './house/floors.js'
import { rustParser } from './house/rust.js'
import { describe } from './house/table.js'
import { treeOf } from './house/tree.js'

async function main(): Promise<void> {
  const { floors, arrows } = readDomain(await rustParser(), treeOf(process.cwd()))
  const isOrdered = areOrdered(floors)
  if (!isOrdered)
    console.log(`${DOMAIN}/lib.rs states no order: list its modules from the lowest floor to the highest.`)
  const wrong = new Set([...toAbove('records', arrows), ...upward(floors, arrows)])
  for (const arrow of wrong) console.log(`imports from above: ${describe(arrow)}`)
  console.log(`${floors.length} folders, ${wrong.size} of ${arrows.length} arrows upward`)
  process.exitCode = isOrdered && wrong.size === 0 ? 0 : 1
}

void main()
