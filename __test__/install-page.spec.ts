import { existsSync, readFileSync, readdirSync } from 'node:fs'
import test from 'ava'
import { isStorageError, Storage } from 'rivers-storage'
import { GLIBC, MACOS } from '../scripts/release/addon/floors.js'
import { withStorage } from './helpers/everywhere.js'

// docs/install.md, held against what it describes. __test__/samples.spec.ts looks after its blocks of code.

const read = (file: string): string => readFileSync(file, 'utf8')
const page = read('docs/install.md')
const section = (title: string): string => page.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!
const inBackticks = (text: string): string[] => Array.from(text.matchAll(/`([^`]+)`/g), ([, code]) => code!)
/** What stands in the first column of a table. */
const firstColumn = (text: string): string[] =>
  Array.from(text.matchAll(/^\| (`.*?) \|/gm), ([, cell]) => inBackticks(cell!)).flat()

test('every reason for which the addon is not loaded is explained', t => {
  const reasons = Array.from(
    read('src/lib/loader/cause.ts').matchAll(/^ {2}\| \{ reason: '([^']+)'/gm),
    ([, one]) => one!,
  )
  t.true(reasons.length > 10)
  t.deepEqual(firstColumn(section('If the addon is not loaded')).toSorted(), reasons.toSorted())
})

test('every package with an addon is named', t => {
  const packages = readdirSync('npm').map(platform => `rivers-storage-${platform}`)
  t.deepEqual(firstColumn(section('Platforms')).toSorted(), packages.toSorted())
})

const squeezed = (text: string): string => text.replaceAll(/[\s'",]+/g, '')

test('each option of a bundler stands in the file that the tests run it by', t => {
  const rows = Array.from(section('Bundlers').matchAll(/^\| (\w.*) \|$/gm), ([, row]) => row!.split(' | '))
  const options = rows.flatMap(([, option, file]) =>
    inBackticks(option!).map(code => [code, inBackticks(file!)[0]] as const),
  )
  t.true(options.length > 4)
  for (const [code, file] of options) t.true(squeezed(read(file!)).includes(squeezed(code)), `${code}: ${file}`)
})

test('the size of the addon is that of docs/performance.md', t => {
  const [, size, packed] = page.match(/\(([\d.]+) MB, ([\d.]+) MB packed by gzip\)/)!
  t.true(read('docs/performance.md').includes(`${size} MB, ${packed} packed by gzip`))
})

/** The versions of symbols that the addon needs, such as `GLIBC_2.34`. Their names are at the beginning of the file. */
function symbolVersions(addon: string): string[] {
  const names = readFileSync(addon).toString('latin1', 0, 1 << 20)
  return names.match(/\b(?:GLIBC|GLIBCXX)_[\d.]+(?=\0)/g) ?? []
}

test('the oldest systems are those that built addons are checked for', t => {
  const needs = Object.fromEntries(
    Array.from(section('Platforms').matchAll(/^\| `rivers-storage-(.*?)` \| ([^|;]+)/gm), ([, name, what]) => [
      name,
      what!.trim(),
    ]),
  )
  for (const name of ['linux-x64-gnu', 'linux-arm64-gnu']) t.is(needs[name], `glibc ${GLIBC}`)
  for (const architecture of ['x64', 'arm64']) t.is(needs[`darwin-${architecture}`], `macOS ${MACOS[architecture]}`)
  t.true(read('README.md').includes(`glibc ${GLIBC}`))
})

/** On a newer system the addon may need more. */
const isDebian12 =
  process.platform === 'linux' && existsSync('/etc/os-release') && /^VERSION_ID="12"$/m.test(read('/etc/os-release'))
;(isDebian12 ? test : test.skip)(
  'an addon built here needs the glibc and the GCC that the page names (needs Debian 12)',
  async t => {
    const addon = readdirSync('.').find(name => name.endsWith('.node'))!
    const needed = symbolVersions(addon).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    const newest = (name: string) => needed.findLast(version => version.startsWith(`${name}_`))
    const hasExecutor = await withStorage(Storage.memory(), s =>
      s.query('RETURN 1').then(
        () => true,
        error => !isStorageError(error),
      ),
    )
    const [, withoutExecutor] = page.match(/built\nwithout the executor, the addon needs ([\d.]+\d)/)!
    const [, glibc, gcc] = page.match(/glibc ([\d.]+\d) and the libstdc\+\+ of GCC (\d+), or newer/)!
    t.is(newest('GLIBC'), `GLIBC_${hasExecutor ? glibc : withoutExecutor}`)
    // GCC's own list of the versions of its library: 12 begins with 3.4.30, 13 with 3.4.31.
    t.deepEqual([newest('GLIBCXX'), gcc], ['GLIBCXX_3.4.30', '12'])
  },
)

test('the tables of docs/installed.md are those of the tests', t => {
  const titles = readdirSync('__test__/matrix')
    .filter(name => name.endsWith('.ts'))
    .flatMap(name =>
      Array.from(read(`__test__/matrix/${name}`).matchAll(/^ {2}title: '(.+)',$/gm), ([, title]) => title!),
    )
  const headings = Array.from(read('docs/installed.md').matchAll(/^## (.+)$/gm), ([, heading]) => heading!)
  t.true(titles.length > 5)
  t.deepEqual(headings.toSorted(), titles.toSorted())
})
