const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const SYMBOL_TABLE = 2
const DYNAMIC = 6
const NEEDED = 1

interface Section {
  type: number
  offset: number
  size: number
  /** The index of the section with its strings. */
  link: number
}

/** The sections of an ELF file; none of another file, and none of one that is cut, since their table is at its end. */
function sections(file: Buffer): Section[] {
  if (file.length < 64 || !file.subarray(0, ELF.length).equals(ELF)) return []
  const start = Number(file.readBigUInt64LE(0x28))
  const size = file.readUInt16LE(0x3a)
  const count = file.readUInt16LE(0x3c)
  if (size < 64 || start + size * count > file.length) return []
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
    }
  })
}

/**
 * Whether an ELF file has a symbol table, which the profile `dist` leaves out. False for files of macOS and Windows, which
 * look alike in both profiles.
 */
export const hasSymbolTable = (file: Buffer): boolean => sections(file).some(({ type }) => type === SYMBOL_TABLE)

/** The libraries that an ELF file needs, such as `libc.so.6`. */
function libraries(file: Buffer): string[] {
  const all = sections(file)
  return all
    .filter(({ type }) => type === DYNAMIC)
    .flatMap(({ offset, size, link }) => {
      const entries = file.subarray(offset, offset + size)
      const tags = Array.from({ length: Math.floor(entries.length / 16) }, (_, index) => index * 16)
      const needed = tags.filter(at => entries.readBigUInt64LE(at) === BigInt(NEEDED))
      return needed.map(at => text(file, (all[link]?.offset ?? 0) + Number(entries.readBigUInt64LE(at + 8))))
    })
}

const text = (file: Buffer, at: number): string => file.toString('latin1', at, at + 256).split('\0', 1)[0]!

const x64 = 'x64'
const arm64 = 'arm64'
const ELF_MACHINES: Record<number, string> = { 62: x64, 183: arm64 }
const MACH_O_MACHINES: Record<number, string> = { 0x01000007: x64, 0x0100000c: arm64 }
const PE_MACHINES: Record<number, string> = { 0x8664: x64, 0xaa64: arm64 }
const MACH_O = 0xfeedfacf

const named = (os: string, arch: string | undefined, abi = ''): string | undefined => arch && `${os}-${arch}${abi}`

/** The platform that a library is for, by its headers. Undefined for another file, and for another processor or libc. */
export function platformOf(file: Buffer): string | undefined {
  if (file.length < 64) return undefined
  if (file.subarray(0, ELF.length).equals(ELF)) {
    const needed = libraries(file)
    const abi = needed.includes('libc.so.6') ? '-gnu' : needed.some(isMusl) ? '-musl' : undefined
    return abi && named('linux', ELF_MACHINES[file.readUInt16LE(0x12)], abi)
  }
  if (file.readUInt32LE(0) === MACH_O) return named('darwin', MACH_O_MACHINES[file.readUInt32LE(4)])
  const header = file.readUInt32LE(0x3c)
  const isPe = file.toString('latin1', 0, 2) === 'MZ' && file.toString('latin1', header, header + 4) === 'PE\0\0'
  if (!isPe || header + 6 > file.length) return undefined
  return named('win32', PE_MACHINES[file.readUInt16LE(header + 4)], '-msvc')
}

/** `libc.so` where a cross compiler linked it, `libc.musl-x86_64.so.1` on Alpine. */
const isMusl = (library: string): boolean => library === 'libc.so' || library.startsWith('libc.musl-')

/** The commit of the Rust standard library in the addon, whose panics name the files of their source. */
export function rustCommit(file: Buffer): string | undefined {
  const path = '/rustc/'
  for (let at = file.indexOf(path); at >= 0; at = file.indexOf(path, at + 1)) {
    const commit = /^[\da-f]{40}(?=\/library\/)/.exec(file.toString('latin1', at + path.length, at + 64))?.[0]
    if (commit) return commit
  }
  return undefined
}
