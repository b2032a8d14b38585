import { hasCrc32, platformOf, type AddonFacts } from './facts.js'
import { GLIBC, MACOS } from './floors.js'

/** The only thing that Node looks for in an addon. */
const ENTRY = 'napi_register_module_v1'

const glibc = (loader: string): string[] => [
  'libc.so.6',
  'libm.so.6',
  'libpthread.so.0',
  'libdl.so.2',
  'librt.so.1',
  'libutil.so.1',
  loader,
]

/** The libraries that every system of the platform has. libstdc++ and libgcc_s are missing or older on many. */
const LIBRARIES: Record<string, string[]> = {
  'linux-x64-gnu': glibc('ld-linux-x86-64.so.2'),
  'linux-arm64-gnu': glibc('ld-linux-aarch64.so.1'),
  'linux-x64-musl': ['libc.so', 'libc.musl-x86_64.so.1'],
  'linux-arm64-musl': ['libc.so', 'libc.musl-aarch64.so.1'],
}

/** Microsoft's redistributable, which a fresh Windows lacks. */
const REDISTRIBUTABLE = /^(vcruntime|msvcp|concrt)\d/i

/** How much larger than the recorded size a file may be. */
const GROWTH = 1.15

/** The numbers of a version, such as that in `GLIBC_2.17`. */
const numbers = (version: string): string => version.replace(/^\D*/, '')

const isNewer = (version: string, than: string): boolean =>
  numbers(version).localeCompare(numbers(than), 'en', { numeric: true }) > 0

/** The highest version of glibc's symbols that an addon needs. */
export const glibcOf = ({ versions }: AddonFacts): string | undefined =>
  versions
    .filter(version => /^GLIBC_\d/.test(version))
    .map(numbers)
    .toSorted((a, b) => (isNewer(a, b) ? -1 : 1))[0]

function linkFaults(facts: AddonFacts, platform: string): string[] {
  const allowed = LIBRARIES[platform]
  const libraries = allowed
    ? facts.libraries.filter(library => !allowed.includes(library)).map(library => `it needs ${library}`)
    : facts.libraries.filter(library => REDISTRIBUTABLE.test(library)).map(library => `it needs ${library}`)
  const versions = facts.versions.filter(version => !version.startsWith('GLIBC_') || isNewer(version, GLIBC))
  return [
    ...libraries,
    ...versions.map(version => `it needs symbols of ${version}; ${GLIBC} is the newest glibc allowed`),
  ]
}

function exportFaults({ exports, os }: AddonFacts): string[] {
  const plain = exports.map(name => (os === 'darwin' ? name.replace(/^_/, '') : name))
  const others = plain.filter(name => name !== ENTRY)
  return [
    ...(plain.includes(ENTRY) ? [] : [`it does not export ${ENTRY}`]),
    ...others.slice(0, 5).map(name => `it exports ${name}`),
    ...(others.length > 5 ? [`it exports ${others.length - 5} more names`] : []),
  ]
}

function osFaults({ os, architecture, minimumOs }: AddonFacts): string[] {
  const oldest = MACOS[architecture ?? '']
  if (os !== 'darwin' || !oldest) return []
  if (minimumOs === undefined) return ['it states no oldest macOS']
  return minimumOs === oldest ? [] : [`its oldest macOS is ${minimumOs}, not ${oldest}`]
}

export interface Sizes {
  /** Of the file, in bytes. */
  size: number
  /** That of docs/install.md, in bytes; undefined where the page has none. */
  recorded: number | undefined
}

/** Why a built addon may not be published for a platform, a sentence each. */
export function faultsOf(facts: AddonFacts, platform: string, { size, recorded }: Sizes): string[] {
  const found = platformOf(facts)
  if (found !== platform) return [`it is ${found ? `for ${found}` : 'for none of the platforms'}`]
  return [
    ...linkFaults(facts, platform),
    ...exportFaults(facts),
    ...osFaults(facts),
    ...(facts.hasSymbols ? ['it is not stripped, so not of the profile dist'] : []),
    ...(hasCrc32(facts) ? [] : ['it lacks the instruction for CRC-32C']),
    ...(recorded !== undefined && size > recorded * GROWTH
      ? [
          `it has ${megabytes(size)}, over ${Math.round((GROWTH - 1) * 100)} % more than the ${megabytes(recorded)} of docs/install.md`,
        ]
      : []),
  ]
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
