import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Result } from '../scripts/lib/suites.js'

// Suites of .ci/run that are skipped while their files are as they were.

const dir = mkdtempSync(join(tmpdir(), 'rivers-storage-'))
test.after.always(() => rmSync(dir, { recursive: true }))

/** How often a suite with this result runs if it is asked to twice. */
async function runsOf(name: string, result: Result): Promise<number> {
  process.env.CARGO_TARGET_DIR = dir
  const { whenChanged } = await import('../scripts/lib/when-changed.js')
  let runs = 0
  const run = async () => {
    runs++
    return result
  }
  const suite = whenChanged(name, ['package.json'], { name, run })
  await suite.run()
  await suite.run()
  return runs
}

test('a suite runs again unless all of it passed', async t => {
  t.is(await runsOf('passes', { passed: 1, failed: 0 }), 1)
  t.is(await runsOf('fails', { passed: 1, failed: 1 }), 2)
  t.is(await runsOf('misses a tool', { passed: 1, failed: 0, skipped: 'a tool' }), 2)
})
