import { join } from 'node:path'
import test from 'ava'
import { passes, titles } from './observed.js'

const checks = JSON.stringify(join(process.cwd(), 'checks.cjs'))
const file = {
  suffix: 'test.cjs',
  source: `
    const checks = require(${checks})(require('rivers-storage'))
    for (const [title, check] of Object.entries(checks)) test(title, check)`,
  tests: titles.length,
}
const args = (report: string): string[] => ['--ci', '--testMatch', '**/*.test.cjs', '--json', '--outputFile', report]

test('jest runs many test files in one process', async t => {
  t.is(await passes(t, file, 'jest/bin/jest.js', report => [...args(report), '--runInBand']), 1)
})

test('jest runs test files in processes of their own', async t => {
  t.is(await passes(t, file, 'jest/bin/jest.js', report => [...args(report), '--maxWorkers', '2']), 2)
})

test('jest runs test files in threads', async t => {
  const threads = ['--maxWorkers', '2', '--workerThreads']
  // Only the main thread decides on the exit of a process.
  t.is(await passes(t, file, 'jest/bin/jest.js', report => [...args(report), ...threads]), 0)
})
