import { Bytes } from './bytes.js'
import { readElf } from './elf.js'
import { readMachO } from './mach-o.js'
import { readPe } from './pe.js'

export type Architecture = 'x64' | 'arm64'

/** A built addon, by its headers and tables. */
export interface AddonFacts {
  os: 'linux' | 'darwin' | 'win32'
  architecture: Architecture | undefined
  /** The libraries that the system has to have. */
  libraries: string[]
  /** The functions and data that other code sees. */
  exports: string[]
  /** The versions of symbols that it needs, such as `GLIBC_2.17`; on Linux alone. */
  versions: string[]
  /** The oldest version of the system, such as `11.0`; on macOS alone. */
  minimumOs?: string
  /** It has names of what it does not export. Microsoft's linker keeps them in a file of their own. */
  hasSymbols: boolean
  /** The machine's instructions. */
  code: Buffer
}

/** Undefined for a file of another format. Throws `DamagedFile` if it is cut. */
export function factsOf(file: Buffer): AddonFacts | undefined {
  const bytes = new Bytes(file)
  return readElf(bytes) ?? readMachO(bytes) ?? readPe(bytes)
}

const isMusl = (library: string): boolean => library === 'libc.so' || library.startsWith('libc.musl-')

/** The package that the addon belongs into. Undefined for another processor or libc than those of the packages. */
export function platformOf({ os, architecture, libraries }: AddonFacts): string | undefined {
  if (!architecture) return undefined
  const name = `${os}-${architecture}`
  if (os === 'darwin') return name
  if (os === 'win32') return `${name}-msvc`
  if (libraries.includes('libc.so.6')) return `${name}-gnu`
  return libraries.some(isMusl) ? `${name}-musl` : undefined
}

/** The instruction CRC32 of x64: F2, a prefix that it may have, 0F 38, F0 or F1. */
function isCrc32OfX64(code: Buffer, at: number): boolean {
  const next = at + ((code[at + 1]! & 0xf0) === 0x40 ? 2 : 1)
  return code[next] === 0x0f && code[next + 1] === 0x38 && (code[next + 2]! & 0xfe) === 0xf0
}

/** CRC32CB, CRC32CH and CRC32CW on arm64, of 8 to 32 bits, and CRC32CX of 64, without their registers. */
const CRC32_OF_ARM64 = [0x1ac05000, 0x1ac05400, 0x1ac05800, 0x9ac05c00]
const isCrc32OfArm64 = (word: number): boolean => CRC32_OF_ARM64.includes((word & 0xffe0fc00) >>> 0)

/** Whether it reckons the checksums of RocksDB's log by an instruction, which is twenty times as fast. */
export function hasCrc32({ architecture, code }: AddonFacts): boolean {
  if (architecture === 'x64') {
    for (let at = code.indexOf(0xf2); at >= 0; at = code.indexOf(0xf2, at + 1)) if (isCrc32OfX64(code, at)) return true
    return false
  }
  for (let at = 0; at + 4 <= code.length; at += 4) if (isCrc32OfArm64(code.readUInt32LE(at))) return true
  return false
}

/** The commit of the Rust standard library in the addon, whose panics name the files of their source. */
export function rustCommit(file: Buffer): string | undefined {
  const path = '/rustc/'
  for (let at = file.indexOf(path); at >= 0; at = file.indexOf(path, at + 1)) {
    const commit = /^[\da-f]{40}(?=\/library\/)/.exec(file.toString('latin1', at + path.length, at + 64))?.[0]
    if (commit) return commit
  }
  return undefined
}
