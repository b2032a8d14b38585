import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { addressOf } from '../scripts/release/address.js'
import { addonFile } from '../scripts/release/addon/name.js'
import { pack } from '../scripts/release/pack.js'
import { packedFolders } from '../scripts/release/packed-folders.js'
import { platforms, readManifest, type Manifest } from '../scripts/release/packages.js'
import type { Sbom } from '../scripts/release/sbom.js'
import { inTempDir } from './helpers/temp.js'

// The folders that are published: what npm would upload of them. The addons are a few bytes here, since only their names count.

const all = Object.keys(platforms)
const ours = readManifest('.', 'package.json')
const json = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))

interface Packed {
  name: string
  size: number
  files: { path: string }[]
}

/** What `npm publish` would upload of each folder. */
async function npmPack(folders: string[]): Promise<Packed[]> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', ...folders]
  const { stdout } = await promisify(execFile)('npm', args, { shell: process.platform === 'win32' })
  return Object.values(JSON.parse(stdout))
}

const withPacked = (released: string[], work: (folders: string[], dir: string) => Promise<void>): Promise<void> =>
  inTempDir(async dir => {
    const addons = join(dir, 'addons')
    mkdirSync(addons)
    for (const platform of released) writeFileSync(join(addons, addonFile(platform)), platform)
    await work(pack({ root: '.', addons, platforms: released, out: join(dir, 'out'), takesAnyFile: true }), dir)
  })

const licences = ['LICENSE-APACHE', 'LICENSE-MIT', 'NOTICE', 'licenses/SurrealDB-BUSL-1.1.txt']

/** Each module of src, compiled. */
const compiled = readdirSync('src/lib', { recursive: true, encoding: 'utf8' })
  .map(name => name.replaceAll('\\', '/'))
  .filter(name => name.endsWith('.ts'))
  .flatMap(name => [name.replace(/ts$/, 'js'), name.replace(/ts$/, 'd.ts')])
  .map(name => `lib/${name}`)

const rootFiles = [
  ...licences,
  ...compiled,
  'README.md',
  'package.json',
  'binding.d.ts',
  'binding.js',
  'index.d.mts',
  'index.d.ts',
  'index.js',
  'index.mjs',
]

test('each of the nine packages has the files that it should, and no other', t =>
  withPacked(all, async folders => {
    t.is(folders.length, 9)
    t.is(basename(folders.at(-1)!), ours.name, 'the root is published last')
    const published = new Map((await npmPack(folders)).map(one => [one.name, one]))
    const filesOf = (name: string) =>
      published
        .get(name)!
        .files.map(({ path }) => path)
        .toSorted()
    t.deepEqual(filesOf(ours.name), rootFiles.toSorted())
    for (const platform of all) {
      const others = ['README.md', 'package.json', 'licenses/THIRD-PARTY.txt', 'licenses/sbom.cdx.json']
      t.deepEqual(filesOf(`${ours.name}-${platform}`), [...licences, ...others, addonFile(platform)].toSorted())
    }
    const { size } = published.get(ours.name)!
    t.true(size <= 120_000, `the root has ${size} bytes packed`)
  }))

test('the root names exactly the packages of the release, each by its exact version', t =>
  withPacked(['linux-x64-gnu', 'darwin-arm64'], async folders => {
    t.is(folders.length, 3)
    const manifest: Manifest = json(folders.at(-1)!, 'package.json')
    t.deepEqual(manifest.optionalDependencies, {
      'rivers-storage-linux-x64-gnu': ours.version,
      'rivers-storage-darwin-arm64': ours.version,
    })
    t.is(ours.optionalDependencies, undefined, 'npm ci has to work before anything is published')
  }))

test('the published manifest says what users need, and nothing of the repository', t =>
  withPacked(['linux-x64-gnu'], async folders => {
    const manifest: Manifest = json(folders.at(-1)!, 'package.json')
    for (const field of ['scripts', 'devDependencies', 'overrides', 'napi', 'ava', 'prettier', 'dependencies'])
      t.false(field in manifest, field)
    for (const field of ['version', 'exports', 'main', 'types', 'files', 'engines', 'license', 'repository'])
      t.deepEqual(manifest[field], ours[field], field)
    // A range would be an error in a project with an older one, though the types compile with that.
    t.deepEqual(manifest.peerDependencies, { '@types/node': '*' })
  }))

test('npm publishes nothing by itself', t => {
  const scripts = Object.keys(ours.scripts as object)
  // npm runs these, too, when it packs, publishes or installs.
  const ofNpm = scripts.filter(name => /^(pre|post)?(install|pack|prepare|publish|version)(only)?$/i.test(name))
  t.deepEqual(ofNpm, [])
})

/** Where the links of a document lead. */
const targets = (text: string): string[] =>
  Array.from(text.replaceAll(/^```.*?^```$/gms, '').matchAll(/\]\(([^)]+)\)/g), ([, target]) => target!)

test('the links of the published README lead to the repository, at the tag of the version', t =>
  withPacked(['linux-x64-gnu'], async folders => {
    const readme = readFileSync(join(folders.at(-1)!, 'README.md'), 'utf8')
    const before = readFileSync('README.md', 'utf8')
    const base = `${addressOf(ours)}/blob/v${ours.version}/`
    const inRepository = targets(readme).filter(target => target.startsWith(base))
    t.true(inRepository.length > 10)
    for (const target of inRepository) t.true(existsSync(target.slice(base.length).split('#')[0]!), target)
    t.deepEqual(
      targets(readme).filter(target => !/^(https:|#)/.test(target)),
      [],
    )
    t.is(readme.replaceAll(base, ''), before, 'nothing else changes')
  }))

const readSbom = (folder: string): Sbom => json(folder, 'licenses/sbom.cdx.json')
const names = (folder: string): string[] => readSbom(folder).components.map(({ name }) => name)

test('the SBOM of a platform lists what its addon has, and the notices name each crate', t =>
  withPacked(['linux-x64-gnu', 'win32-x64-msvc'], async ([linux, windows]) => {
    for (const name of ['rust-std', 'rocksdb', 'mimalloc', 'surrealdb-core', 'napi'])
      t.true(names(linux!).includes(name), name)
    t.true(names(windows!).includes('windows-sys'))
    t.false(names(linux!).includes('windows-sys'))
    for (const folder of [linux!, windows!]) {
      const { metadata, components, dependencies } = readSbom(folder)
      t.is(metadata.component.name, basename(folder))
      t.is(metadata.component.version, ours.version)
      const known = new Set([metadata.component, ...components].map(component => component['bom-ref']))
      t.is(known.size, components.length + 1)
      for (const { ref, dependsOn } of dependencies)
        for (const each of [ref, ...dependsOn]) t.true(known.has(each), each)
      const notices = readFileSync(join(folder, 'licenses', 'THIRD-PARTY.txt'), 'utf8')
      for (const { purl, name, version } of components)
        if (purl?.startsWith('pkg:cargo/'))
          t.true(notices.split(`\n${name}@${version}`).length > 2, `${name}: in the list, and over a text`)
    }
  }))

test('a release without the addon of one of its platforms is refused', t =>
  inTempDir(async dir => {
    writeFileSync(join(dir, addonFile('linux-x64-gnu')), '')
    const packing = (released: string[]) => () =>
      pack({ root: '.', addons: dir, platforms: released, out: join(dir, 'out'), takesAnyFile: true })
    t.throws(packing(all), { message: /not there: .*rivers-storage\.win32-x64-msvc\.node/ })
    t.throws(packing(['linux-x64']), { message: 'No such platform: linux-x64' })
    t.deepEqual(
      packing(['linux-x64-gnu'])().map(folder => basename(folder)),
      ['rivers-storage-linux-x64-gnu', 'rivers-storage'],
    )
  }))

const built = all.find(platform => existsSync(addonFile(platform)))!

// Other systems' files look alike in both profiles.
const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('an addon of the profile that tests build is refused; one that is packed states its Rust', t =>
  inTempDir(async dir => {
    const packing = (takesAnyFile: boolean) =>
      pack({ root: '.', addons: '.', platforms: [built], out: join(dir, 'out'), takesAnyFile })
    t.throws(() => packing(false), { message: new RegExp(`^${addonFile(built)}: .*it is not stripped`) })
    const [folder] = packing(true)
    const std = readSbom(folder!).components.find(({ name }) => name === 'rust-std')!
    t.regex(std.version!, /^[\da-f]{40}$/)
    t.true((await promisify(execFile)('rustc', ['-vV'])).stdout.includes(`commit-hash: ${std.version}`))
  }),
)

test('what is published is one release, the root last', t =>
  withPacked(['linux-x64-gnu', 'darwin-x64'], async (folders, dir) => {
    const out = join(dir, 'out')
    t.deepEqual(packedFolders('.', out), folders)
    rmSync(folders[0]!, { recursive: true })
    t.throws(() => packedFolders('.', out), { message: /not what one release consists of/ })
  }))

test('what was packed with another version or address than the checkout has is not published', t =>
  withPacked(['linux-x64-gnu'], async (folders, dir) => {
    const out = join(dir, 'out')
    const checkout = join(dir, 'checkout')
    mkdirSync(checkout)
    const { repository } = readManifest('.', 'npm/linux-x64-gnu/package.json')
    const elsewhere = { repository: { ...repository, url: 'git+https://example.com/a/b.git' } }
    const refused = (changes: object, message: RegExp) => {
      writeFileSync(join(checkout, 'package.json'), JSON.stringify({ ...ours, ...changes }))
      t.throws(() => packedFolders(checkout, out), { message })
    }
    refused({ version: '12.34.56' }, /was packed with .*, the checkout has 12\.34\.56 and /)
    refused(elsewhere, /was packed with .*, the checkout has .* and https:\/\/example\.com\/a\/b:/)
    for (const folder of folders) {
      const manifest = readManifest(folder, 'package.json')
      const changed = (changes: object) => {
        writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...changes }))
        t.throws(() => packedFolders('.', out), { message: RegExp(`^${manifest.name} was packed with `) })
      }
      changed({ version: '12.34.56' })
      changed(elsewhere)
      if (folder === folders.at(-1)) changed({ optionalDependencies: { 'rivers-storage-linux-x64-gnu': '^0.1.0' } })
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    }
    t.deepEqual(packedFolders('.', out), folders)
  }))

test('packing removes an earlier release, and no other file', t =>
  withPacked(['linux-x64-gnu', 'darwin-x64'], async (_, dir) => {
    const out = join(dir, 'out')
    const again = () =>
      pack({ root: '.', addons: join(dir, 'addons'), platforms: ['darwin-x64'], out, takesAnyFile: true })
    again()
    t.deepEqual(readdirSync(out).toSorted(), ['rivers-storage', 'rivers-storage-darwin-x64'])
    writeFileSync(join(out, 'precious'), '')
    t.throws(again, { message: /precious/ })
    t.is(readdirSync(out).length, 3)
  }))
