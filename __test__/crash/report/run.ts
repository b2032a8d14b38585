import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { some, type Case, type Outcome } from './outcome.js'

/** Runs cases side by side, each in a folder of its own below `folder`; tells of those that fail when they do. */
export async function runCases(cases: readonly Case[], folder: string, atOnce: number): Promise<Outcome[]> {
  const waiting = [...cases]
  const outcomes: Outcome[] = []
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) outcomes.push(...(await runCase(next, folder)))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return outcomes
}

async function runCase(test: Case, folder: string): Promise<Outcome[]> {
  const own = join(folder, test.name.replaceAll(' ', '-'))
  mkdirSync(own)
  let outcomes: Outcome[]
  try {
    outcomes = await test.run(own)
  } catch (error) {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
    outcomes = [{ row: 'broken off', column: '', faults: [{ what: 'the test itself failed', details }] }]
  }
  const failed = outcomes.filter(outcome => outcome.faults.length > 0)
  if (failed.length === 0) {
    rmSync(own, { recursive: true })
    return outcomes
  }
  console.log(`  failed: ${test.name}`)
  for (const { row, faults } of failed) {
    console.log(
      some(
        faults.map(({ what, details }) => `    ${row}: ${what}: ${details}`),
        5,
      ).replaceAll('; ', '\n    '),
    )
  }
  console.log(`    its folder: ${own}\n    alone: ${test.alone}`)
  return outcomes
}
