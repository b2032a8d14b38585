import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { inTempDir } from './helpers/temp.js'

const samples = Array.from(readFileSync('README.md', 'utf8').matchAll(/^```ts\n(.*?)^```$/gms), match => match[1]!)
const loader = pathToFileURL(require.resolve('tsx')).href
const entry = pathToFileURL(join(process.cwd(), 'index.mjs')).href

/** What a sample prints, run in an empty folder, where only the package's path differs from a user's. */
async function printed(sample: string): Promise<string> {
  return inTempDir(async dir => {
    writeFileSync(join(dir, 'sample.mts'), sample.replace(`'rivers-storage'`, `'${entry}'`))
    return (await promisify(execFile)(process.execPath, ['--import', loader, 'sample.mts'], { cwd: dir })).stdout
  })
}

test('the sample of the README prints what its comments say', async t => {
  t.is(samples.length, 1)
  const said = Array.from(samples[0]!.matchAll(/^console\.log.*\/\/ (.*)$/gm), match => match[1]!)
  t.is(said.length, 2)
  const output = (await printed(samples[0]!)).replaceAll(/\s+/g, '')
  t.is(output, said.join('').replaceAll(/\s+/g, ''))
})
