import { DamagedFile, type Bytes } from './bytes.js'
import type { AddonFacts, Architecture } from './facts.js'

// https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html, 64 bits and little-endian alone.

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const MACHINES: Record<number, Architecture> = { 62: 'x64', 183: 'arm64' }
const SYMBOL_TABLE = 2
const DYNAMIC = 6
const DYNAMIC_SYMBOLS = 11
const VERSIONS_NEEDED = 0x6ffffffe
const NEEDED = 1
const LOCAL = 0
const VISIBILITIES_SEEN = [0, 3]

interface Section {
  name: string
  type: number
  at: number
  size: number
  /** Where the section with its strings begins. */
  strings: number
}

function sectionsOf(file: Bytes): Section[] {
  const headers = file.entries(file.u64(0x28), 64, file.u16(0x3c))
  const start = (index: number): number => {
    const header = headers[index]
    if (header === undefined) throw new DamagedFile(`no section ${index}`)
    return file.u64(header + 24)
  }
  const names = start(file.u16(0x3e))
  return headers.map(at => ({
    name: file.text(names + file.u32(at)),
    type: file.u32(at + 4),
    at: file.u64(at + 24),
    size: file.u64(at + 32),
    strings: start(file.u32(at + 40)),
  }))
}

const rows = (file: Bytes, section: Section, size: number): number[] =>
  file.entries(section.at, size, Math.floor(section.size / size))

function librariesOf(file: Bytes, section: Section): string[] {
  const needed = rows(file, section, 16).filter(at => file.u64(at) === NEEDED)
  return needed.map(at => file.text(section.strings + file.u64(at + 8)))
}

function exportsOf(file: Bytes, section: Section): string[] {
  const isExported = (at: number): boolean =>
    file.u16(at + 6) !== 0 && file.u8(at + 4) >> 4 !== LOCAL && VISIBILITIES_SEEN.includes(file.u8(at + 5) & 3)
  return rows(file, section, 24)
    .filter(isExported)
    .map(at => file.text(section.strings + file.u32(at)))
}

/** A list of libraries, each with a list of versions; both are chained by the distance to the next, 0 at the end. */
function versionsOf(file: Bytes, section: Section): string[] {
  const chain = (first: number, next: number): number[] => {
    const found: number[] = []
    for (let at = first; ; at += file.u32(at + next)) {
      found.push(at)
      if (file.u32(at + next) === 0) return found
    }
  }
  if (section.size === 0) return []
  return chain(section.at, 12)
    .flatMap(library => chain(library + file.u32(library + 8), 12))
    .map(version => file.text(section.strings + file.u32(version + 8)))
}

export function readElf(file: Bytes): AddonFacts | undefined {
  if (!file.startsWith(MAGIC)) return undefined
  const sections = sectionsOf(file)
  const ofType = (type: number): Section[] => sections.filter(section => section.type === type)
  const text = sections.find(({ name }) => name === '.text')
  return {
    os: 'linux',
    architecture: MACHINES[file.u16(0x12)],
    libraries: ofType(DYNAMIC).flatMap(section => librariesOf(file, section)),
    exports: ofType(DYNAMIC_SYMBOLS).flatMap(section => exportsOf(file, section)),
    versions: ofType(VERSIONS_NEEDED).flatMap(section => versionsOf(file, section)),
    hasSymbols: ofType(SYMBOL_TABLE).length > 0,
    code: text ? file.slice(text.at, text.size) : Buffer.alloc(0),
  }
}
