import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { addressOf, setAddress } from '../scripts/release/address.js'
import { manifests, readManifest } from '../scripts/release/packages.js'
import { isNewer, setVersion, statedVersions, versionsOutOfStep } from '../scripts/release/version.js'
import { inTempDir } from './helpers/temp.js'

// One version and one address, in every file that states them.

const files = [...manifests, 'package-lock.json', 'Cargo.toml', 'Cargo.lock']
const before = new Map(files.map(file => [file, readFileSync(file, 'utf8')]))
const { version } = readManifest('.', 'package.json')

const onACopy = (work: (dir: string) => Promise<void>): Promise<void> =>
  inTempDir(async dir => {
    for (const [file, text] of before) {
      mkdirSync(dirname(join(dir, file)), { recursive: true })
      writeFileSync(join(dir, file), text)
    }
    await work(dir)
  })

test('every manifest and lock file states one version', t => {
  t.deepEqual(versionsOutOfStep('.'), [])
})

test('a new version is set in every place, and nothing else changes', t =>
  onACopy(async dir => {
    const next = '12.34.56-rc.7'
    setVersion(dir, next)
    t.deepEqual(new Set(statedVersions(dir).map(stated => stated.version)), new Set([next]))
    for (const [file, text] of before) t.is(readFileSync(join(dir, file), 'utf8').replaceAll(next, version), text, file)
  }))

test('each crate of the workspace is a place', t => {
  const crates = Array.from(
    before.get('Cargo.lock')!.matchAll(/^name = "(rivers-storage.*)"$/gm),
    ([, name]) => `Cargo.lock, ${name}`,
  )
  t.true(crates.length > 6)
  const places = statedVersions('.').map(({ place }) => place)
  t.deepEqual(
    places.filter(place => place.startsWith('Cargo.lock')),
    crates,
  )
})

for (const file of files.slice(1)) {
  test(`another version in ${file} is found`, t =>
    onACopy(async dir => {
      // The versions of other packages stay: in the lock files, ours is the one beside our name.
      const ours =
        file === 'Cargo.toml'
          ? `version = "${version}"`
          : /("?name"?[:=\s]+"rivers-storage[^"]*",?\s+"?version"?[:=\s]+")[^"]*/
      const text = before.get(file)!
      const changed = typeof ours === 'string' ? text.replace(ours, 'version = "9.9.9"') : text.replace(ours, '$19.9.9')
      t.not(changed, text)
      writeFileSync(join(dir, file), changed)
      const found = versionsOutOfStep(dir)
      t.is(found.length, 1)
      t.is(found[0]!.version, '9.9.9')
      t.true(found[0]!.place.startsWith(file))
    }))
}

test('what is no version is refused, and nothing changes', t =>
  onACopy(async dir => {
    for (const wrong of ['1.2', 'v1.2.3', '1.2.3+build', '01.2.3', '1.2.3-', ''])
      t.throws(() => setVersion(dir, wrong), { message: /no version/ }, wrong)
    for (const [file, text] of before) t.is(readFileSync(join(dir, file), 'utf8'), text)
  }))

test('versions are compared by their numbers; a prerelease comes before its version', t => {
  for (const [newer, older] of [
    ['0.10.0', '0.9.1'],
    ['1.0.0', '0.9.9'],
    ['0.9.2-rc.1', '0.9.1'],
  ] as const)
    t.true(isNewer(newer, older), newer)
  for (const [older, newer] of [
    ['0.9.1', '0.10.0'],
    ['1.0.0', '1.0.0'],
    ['1.0.0-rc.1', '1.0.0'],
  ] as const)
    t.false(isNewer(older, newer), older)
})

test('an address is set in all packages, and nothing else changes', t =>
  onACopy(async dir => {
    const old = addressOf(readManifest('.', 'package.json'))
    const next = 'https://example.com/somebody/something'
    setAddress(dir, next)
    for (const file of manifests) {
      const { repository, homepage, bugs } = readManifest(dir, file)
      t.deepEqual(repository, { type: 'git', url: `git+${next}.git` }, file)
      t.is(homepage, `${next}#readme`)
      t.deepEqual(bugs, { url: `${next}/issues` })
      t.is(readFileSync(join(dir, file), 'utf8').replaceAll(next, old), before.get(file)!, file)
    }
    for (const wrong of ['http://example.com/a/b', 'https://example.com', 'https://example.com/a/b.git', 'a/b'])
      t.throws(() => setAddress(dir, wrong), { message: /no address/ }, wrong)
  }))

test('manifests without an address get one', t =>
  onACopy(async dir => {
    const { repository: _repository, homepage: _homepage, bugs: _bugs, ...bare } = readManifest('.', 'package.json')
    writeFileSync(join(dir, 'package.json'), JSON.stringify(bare))
    t.throws(() => addressOf(readManifest(dir, 'package.json')), { message: /no address/ })
    setAddress(dir, 'https://example.com/a/b')
    t.is(addressOf(readManifest(dir, 'package.json')), 'https://example.com/a/b')
  }))
