import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

// What the README and the packages say of themselves, held against where it comes from.

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

test('every figure of the README stands in docs/performance.md', t => {
  // But for what the demo printed, which demo.spec.ts looks after.
  const prose = readFileSync('README.md', 'utf8').replace(/^```text\n.*?^```$/ms, '')
  const figures = prose.match(/[\d.,]*\d(?: [µm]s\b|\/s\b)/g) ?? []
  t.true(figures.length > 7)
  const measured = readFileSync(join('docs', 'performance.md'), 'utf8')
  const known = new Set(measured.match(/[\d.,]*\d(?: [µm]s\b|\/s\b)/g))
  t.deepEqual(
    figures.filter(figure => !known.has(figure)),
    [],
  )
})

test('the versions that the documents ask for are those that the set-up asks for', t => {
  const rust = readFileSync('Cargo.toml', 'utf8').match(/^rust-version = "(.*)"$/m)![1]!
  const node = readFileSync(join('scripts', 'setup', 'system.mjs'), 'utf8').match(/^const NODE = '(.*)'$/m)![1]!
  for (const file of ['README.md', join('docs', 'install.md')])
    t.true(readFileSync(file, 'utf8').includes(`Rust ${rust} and Node ${node}, or newer`), file)
})

test('the packages of the platforms describe themselves as the package does', t => {
  const ours = json('package.json')
  const platforms = readdirSync('npm')
  t.is(platforms.length, ours.napi.targets.length)
  for (const platform of platforms) {
    const theirs = json(join('npm', platform, 'package.json'))
    for (const field of ['description', 'keywords', 'license', 'repository', 'homepage', 'bugs', 'type', 'engines'])
      t.deepEqual(theirs[field], ours[field], `npm/${platform}: ${field}`)
  }
})
