const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const SYMBOL_TABLE = 2

/**
 * Whether an ELF file has a symbol table, which the profile `dist` leaves out. False for files of macOS and Windows, which
 * look alike in both profiles.
 */
export function hasSymbolTable(file: Buffer): boolean {
  if (!file.subarray(0, ELF.length).equals(ELF)) return false
  const start = Number(file.readBigUInt64LE(0x28))
  const size = file.readUInt16LE(0x3a)
  const types = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) =>
    file.readUInt32LE(start + index * size + 4),
  )
  return types.includes(SYMBOL_TABLE)
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
