import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { samplesOf } from '../scripts/release/programs.js'
import { inTempDir } from './helpers/temp.js'

// How packed packages are tried, on a package that exports 1.

interface Trial {
  code: number | null
  printed: string
}

/** Tries the package by a program. `more` are further arguments. */
const trying = (program: string, ...more: string[]): Promise<Trial> =>
  inTempDir(async dir => {
    const [packages, programs] = [join(dir, 'packages'), join(dir, 'programs')]
    mkdirSync(join(packages, 'one'), { recursive: true })
    mkdirSync(programs)
    writeFileSync(join(packages, 'one', 'package.json'), JSON.stringify({ name: 'one', version: '1.0.0' }))
    writeFileSync(join(packages, 'one', 'index.js'), 'module.exports = 1')
    writeFileSync(join(programs, 'program.cjs'), program)
    const args = ['scripts/release/try.mjs', packages, programs, ...more]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return { code: status, printed: stdout + stderr }
  })

const prints = (comment: string): string => `console.log({ one: require('one') }) ${comment}`

test('a program that runs, and prints what its comments say, is all that a trial wants', async t => {
  for (const comment of ['', '// → { one:\n//   1 }']) {
    const { code, printed } = await trying(prints(comment))
    t.is(code, 0, printed)
    t.regex(printed, /\{ one: 1 \}\nran on Node /)
  }
})

test('a program that fails or prints something else fails the trial', async t => {
  const other = await trying(prints('// → { one: 2 }'))
  t.deepEqual([other.code, /program\.cjs should print: \{ one: 2 \}/.test(other.printed)], [1, true], other.printed)
  const failing = await trying(`require('two')`)
  t.deepEqual([failing.code, /ended with 1\./.test(failing.printed)], [1, true], failing.printed)
})

test('a trial without a file that is there fails', async t => {
  const { code, printed } = await trying(prints(''), 'package.json')
  t.deepEqual([code, printed], [1, 'package.json is there, so nothing is tried without it.\n'])
  t.is((await trying(prints(''), 'no such file')).code, 0)
})

test('the programs of the README use a store on disk and SurrealQL', t => {
  const samples = samplesOf(readFileSync('README.md', 'utf8'))
  for (const use of ['Storage.embedded(', '.query('])
    t.true(
      samples.some(source => source.includes(use)),
      use,
    )
})
