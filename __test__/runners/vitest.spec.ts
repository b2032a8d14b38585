import { join } from 'node:path'
import test from 'ava'
import { passes, titles } from './observed.js'

const checks = JSON.stringify(join(process.cwd(), 'checks.cjs'))
const file = {
  suffix: 'test.ts',
  source: `
    import { expect, test } from 'vitest'
    import * as rivers from 'rivers-storage'
    import checksOf from ${checks}
    for (const [title, check] of Object.entries(checksOf(rivers))) test(title, check)
    test('using', async () => {
      let held, opened
      {
        await using s = await rivers.Storage.memory()
        await s.setPoolLimit('db', 1)
        using lease = await s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db' })
        ;[held, opened] = [lease, s]
        expect(held.live).toBe(true)
      }
      expect(held.live).toBe(false)
      await expect(opened.kvGet('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    })`,
  tests: titles.length + 1,
}
/** The pools, and in how many processes the package is loaded on the main thread. */
const POOLS: [string, (processes: number) => boolean][] = [
  ['threads', processes => processes === 0],
  ['vmThreads', processes => processes === 0],
  ['forks', processes => processes > 1],
  ['vmForks', processes => processes > 0],
]

for (const [pool, fits] of POOLS) {
  test(`vitest runs test files in the pool ${pool}`, async t => {
    const processes = await passes(t, file, 'vitest/vitest.mjs', report => [
      'run',
      `--pool=${pool}`,
      '--reporter=json',
      `--outputFile=${report}`,
    ])
    t.true(fits(processes), `${processes} processes loaded it`)
  })
}
