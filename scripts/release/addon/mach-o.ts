import type { Bytes } from './bytes.js'
import type { AddonFacts, Architecture } from './facts.js'

// https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o, 64 bits alone.

const MAGIC = Buffer.from([0xcf, 0xfa, 0xed, 0xfe])
const MACHINES: Record<number, Architecture> = { 0x01000007: 'x64', 0x0100000c: 'arm64' }
const SYMBOL_TABLE = 0x2
const SEGMENT = 0x19
const OLDEST_MACOS = 0x24
const BUILD_VERSION = 0x32
const MACOS = 1
const STRIP_MARK = 0x3c
/** Plain, weak, re-exported, lazy. */
const LIBRARIES = [0xc, 0x80000018, 0x8000001f, 0x20]

interface Command {
  kind: number
  at: number
}

function commandsOf(file: Bytes): Command[] {
  const commands: Command[] = []
  let at = 32
  for (let left = file.u32(16); left > 0; left--) {
    commands.push({ kind: file.u32(at), at })
    // A command of a damaged file may state a size of 0.
    at += Math.max(file.u32(at + 4), 8)
  }
  return commands
}

interface MachSymbol {
  name: string
  type: number
}

function symbolsOf(file: Bytes, at: number): MachSymbol[] {
  const [symbols, count, strings] = [file.u32(at + 8), file.u32(at + 12), file.u32(at + 16)]
  return file
    .entries(symbols, 16, count)
    .map(symbol => ({ name: file.text(strings + file.u32(symbol)), type: file.u8(symbol + 4) }))
}

const isDebug = ({ type }: MachSymbol): boolean => (type & 0xe0) !== 0
const isDefined = ({ type }: MachSymbol): boolean => (type & 0x0e) !== 0
/** A private one is external to its object file alone. */
const isExternal = ({ type }: MachSymbol): boolean => (type & 0x11) === 0x01

const isExported = (symbol: MachSymbol): boolean => !isDebug(symbol) && isDefined(symbol) && isExternal(symbol)
/** The mark that Apple's strip leaves names nothing. */
const isInner = (symbol: MachSymbol): boolean =>
  isDebug(symbol) ? symbol.type !== STRIP_MARK : isDefined(symbol) && !isExternal(symbol)

/** The section __text of a segment, which the file has to have to its end: the last one ends where the file does. */
function codeOf(file: Bytes, segment: number): Buffer[] {
  file.slice(file.u64(segment + 40), file.u64(segment + 48))
  const sections = file.entries(segment + 72, 80, file.u32(segment + 64))
  return sections.filter(at => file.text(at) === '__text').map(at => file.slice(file.u32(at + 48), file.u64(at + 40)))
}

const dotted = (version: number): string => `${version >> 16}.${(version >> 8) & 0xff}`

export function readMachO(file: Bytes): AddonFacts | undefined {
  if (!file.startsWith(MAGIC)) return undefined
  const commands = commandsOf(file)
  const ofKind = (...kinds: number[]): number[] =>
    commands.filter(({ kind }) => kinds.includes(kind)).map(({ at }) => at)
  const symbols = ofKind(SYMBOL_TABLE).flatMap(at => symbolsOf(file, at))
  // Those for iOS look alike.
  const builtForMacos = ofKind(BUILD_VERSION).filter(at => file.u32(at + 8) === MACOS)
  const [oldest] = [...ofKind(OLDEST_MACOS).map(at => at + 8), ...builtForMacos.map(at => at + 12)]
  return {
    os: 'darwin',
    architecture: MACHINES[file.u32(4)],
    libraries: ofKind(...LIBRARIES).map(at => file.text(at + file.u32(at + 8))),
    exports: symbols.filter(isExported).map(({ name }) => name),
    hasSymbols: symbols.some(isInner),
    versions: [],
    minimumOs: oldest === undefined ? undefined : dotted(file.u32(oldest)),
    code: ofKind(SEGMENT).flatMap(at => codeOf(file, at))[0] ?? Buffer.alloc(0),
  }
}
