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

/** The libraries of each libc. */
const LIBRARIES: Record<string, string[]> = {
  'linux-x64-gnu': glibc('ld-linux-x86-64.so.2'),
  'linux-arm64-gnu': glibc('ld-linux-aarch64.so.1'),
  'linux-x64-musl': ['libc.so', 'libc.musl-x86_64.so.1'],
  'linux-arm64-musl': ['libc.so', 'libc.musl-aarch64.so.1'],
}

/** The folders of macOS's own libraries. */
const IN_MACOS = /^\/(usr\/lib|System\/Library)\//

/** The redistributable of Visual C++. */
const REDISTRIBUTABLE = /^(vcruntime|msvcp|concrt)\d/i

/** How much larger than the recorded size a file may be. */
const GROWTH = 1.15

export interface Sizes {
  /** Of the file, in bytes. */
  size: number
  /** That of docs/install.md, in bytes; undefined where the page has none. */
  recorded: number | undefined
}

/**
 * `GLIBC_2.17` is 2.17 of the family `GLIBC`. Without a number, a version is its own family: `GLIBC_PRIVATE` is of one
 * glibc alone, and the mark `GLIBC_ABI_DT_RELR` of 2.36 or newer.
 */
const familyOf = (version: string): string => version.replace(/_[\d.]+$/, '')
const numberOf = (version: string): string => version.slice(familyOf(version).length + 1)

const compare = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })

/** The highest version of each family, by the family. */
const newestVersions = ({ versions }: AddonFacts): Map<string, string> =>
  new Map(versions.toSorted(compare).map(version => [familyOf(version), numberOf(version)]))

/** The highest version of glibc's symbols that an addon needs. */
export const glibcOf = (facts: AddonFacts): string | undefined => newestVersions(facts).get('GLIBC')

function versionFaults(facts: AddonFacts): string[] {
  return Array.from(newestVersions(facts), ([family, number]) => {
    if (family !== 'GLIBC')
      return `it needs symbols of ${number ? `${family}_${number}` : family}; none of ${family} is allowed`
    return compare(number, GLIBC) > 0 ? `it needs symbols of GLIBC_${number}; ${GLIBC} is the newest glibc allowed` : ''
  }).filter(Boolean)
}

interface Rule {
  /** Why a file that breaks it is not published. */
  reason: string
  faults: (facts: AddonFacts, platform: string, sizes: Sizes) => string[]
}

const libraryFaults =
  (system: AddonFacts['os'], isAllowed: (library: string, platform: string) => boolean): Rule['faults'] =>
  ({ os, libraries }, platform) =>
    libraries.filter(library => os === system && !isAllowed(library, platform)).map(library => `it needs ${library}`)

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

const sizeFaults: Rule['faults'] = (_facts, _platform, { size, recorded }) =>
  recorded !== undefined && size > recorded * GROWTH
    ? [
        `it has ${megabytes(size)}, over ${Math.round((GROWTH - 1) * 100)} % more than the ${megabytes(recorded)} of docs/install.md`,
      ]
    : []

const RULES: Rule[] = [
  {
    reason:
      'every system of the platform has the libraries of its libc; many have no libstdc++ or libgcc_s, or older ones',
    faults: libraryFaults('linux', (library, platform) => LIBRARIES[platform]!.includes(library)),
  },
  {
    reason: 'every macOS has the libraries in its own folders, and few have those of Homebrew',
    faults: libraryFaults('darwin', library => IN_MACOS.test(library)),
  },
  {
    reason: 'a fresh Windows lacks the redistributable of Visual C++',
    faults: libraryFaults('win32', library => !REDISTRIBUTABLE.test(library)),
  },
  { reason: 'the loader of an older system refuses a file that needs newer symbols', faults: versionFaults },
  { reason: 'Node looks for no other name, and another library may export the same', faults: exportFaults },
  { reason: 'docs/install.md states this version, and an older macOS refuses the file', faults: osFaults },
  {
    reason: 'the profile of the tests leaves symbols in the file: it is slower, and checks assertions',
    faults: ({ hasSymbols }) => (hasSymbols ? ['it is not stripped, so not of the profile dist'] : []),
  },
  {
    reason: 'RocksDB computes the checksum of every log record by it',
    faults: facts => (hasCrc32(facts) ? [] : ['it lacks the instruction for CRC-32C']),
  },
  { reason: 'growth has to be noticed: change the size there if it is meant', faults: sizeFaults },
]

export interface Fault {
  fault: string
  /** Undefined where the fault says it. */
  reason?: string
}

/** Why a built addon may not be published for a platform. */
export function faultsOf(facts: AddonFacts, platform: string, sizes: Sizes): Fault[] {
  const found = platformOf(facts)
  if (found !== platform) return [{ fault: `it is ${found ? `for ${found}` : 'for none of the platforms'}` }]
  return RULES.flatMap(({ reason, faults }) => faults(facts, platform, sizes).map(fault => ({ fault, reason })))
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
