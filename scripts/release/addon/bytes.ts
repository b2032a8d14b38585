/** A file that ends too early, or whose tables point outside it. */
export class DamagedFile extends Error {}

/** Reads numbers and texts of a file, both of little-endian formats, and refuses what is not in it. */
export class Bytes {
  /** How many bytes may still be read. Tables of a damaged file may name the same bytes again and again. */
  private left: number

  constructor(private readonly file: Buffer) {
    this.left = 8 * file.length
  }

  get length(): number {
    return this.file.length
  }

  slice(at: number, size: number): Buffer {
    if (!(at >= 0 && size >= 0 && at + size <= this.file.length)) throw new DamagedFile(`nothing at ${at}`)
    this.left -= size
    if (this.left < 0) throw new DamagedFile('its tables overlap')
    return this.file.subarray(at, at + size)
  }

  u8 = (at: number): number => this.slice(at, 1).readUInt8()
  u16 = (at: number): number => this.slice(at, 2).readUInt16LE()
  u32 = (at: number): number => this.slice(at, 4).readUInt32LE()
  /** Larger ones than a double holds exactly are outside every file. */
  u64 = (at: number): number => Number(this.slice(at, 8).readBigUInt64LE())

  startsWith = (magic: Buffer): boolean => this.file.subarray(0, magic.length).equals(magic)

  /** Up to a zero byte. */
  text(at: number): string {
    const end = this.file.indexOf(0, at)
    if (at < 0 || end < 0) throw new DamagedFile(`no text at ${at}`)
    return this.slice(at, end - at).toString('latin1')
  }

  /** The places of entries of a table; a damaged file may state any number of them. */
  entries(at: number, size: number, count: number): number[] {
    this.slice(at, size * count)
    return Array.from({ length: count }, (_, index) => at + index * size)
  }
}
