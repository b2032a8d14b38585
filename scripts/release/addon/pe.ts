import { DamagedFile, type Bytes } from './bytes.js'
import type { AddonFacts, Architecture } from './facts.js'

// https://learn.microsoft.com/windows/win32/debug/pe-format, 64 bits alone.

const MAGIC = Buffer.from('MZ')
const MACHINES: Record<number, Architecture> = { 0x8664: 'x64', 0xaa64: 'arm64' }
const SIGNATURE = 0x4550
const PE32_PLUS = 0x20b
const EXPORTS = 0
const IMPORTS = 1
const DELAYED_IMPORTS = 13

interface Section {
  name: string
  /** Where it is in memory, to which all tables refer. */
  address: number
  at: number
  size: number
}

/** A file in which addresses of memory can be looked up. */
class Image {
  constructor(
    private readonly file: Bytes,
    private readonly directories: number,
    private readonly sections: Section[],
  ) {}

  /** The address of a table; 0 if there is none. */
  table(index: number): number {
    return index < this.file.u32(this.directories - 4) ? this.file.u32(this.directories + index * 8) : 0
  }

  at(address: number): number {
    const section = this.sections.find(({ address: start, size }) => address >= start && address < start + size)
    if (!section) throw new DamagedFile(`no section holds ${address}`)
    return section.at + address - section.address
  }

  u16 = (address: number): number => this.file.u16(this.at(address))
  u32 = (address: number): number => this.file.u32(this.at(address))
  text = (address: number): string => this.file.text(this.at(address))
}

/** The names in a table whose entries end with one without a name. */
function librariesOf(image: Image, table: number, size: number, name: number): string[] {
  if (table === 0) return []
  const found: string[] = []
  for (let at = table + name; image.u32(at) !== 0; at += size) found.push(image.text(image.u32(at)))
  return found
}

function exportsOf(image: Image, table: number): string[] {
  if (table === 0) return []
  const [base, functions, named] = [16, 20, 24].map(at => image.u32(table + at)) as [number, number, number]
  const [addresses, names, numbers] = [28, 32, 36].map(at => image.u32(table + at)) as [number, number, number]
  const found = new Map<number, string>()
  for (let index = 0; index < named; index++)
    found.set(image.u16(numbers + index * 2), image.text(image.u32(names + index * 4)))
  // A function may have a number alone.
  for (let index = 0; index < functions; index++)
    if (!found.has(index) && image.u32(addresses + index * 4) !== 0) found.set(index, `number ${base + index}`)
  return [...found.values()]
}

export function readPe(file: Bytes): AddonFacts | undefined {
  if (!file.startsWith(MAGIC)) return undefined
  const header = file.u32(0x3c)
  if (file.u32(header) !== SIGNATURE) return undefined
  const optional = header + 24
  const architecture = MACHINES[file.u16(header + 4)]
  if (file.u16(optional) !== PE32_PLUS) throw new DamagedFile('its header is of no 64-bit image')
  const headers = file.entries(optional + file.u16(header + 20), 40, file.u16(header + 6))
  const sections = headers.map(at => ({
    name: file.slice(at, 8).toString('latin1').replace(/\0.*/s, ''),
    address: file.u32(at + 12),
    at: file.u32(at + 20),
    size: file.u32(at + 16),
  }))
  const image = new Image(file, optional + 112, sections)
  // All of them, to notice a file that is cut: the last one ends where the file does.
  const contents = new Map(sections.map(({ name, at, size }) => [name, file.slice(at, size)]))
  return {
    os: 'win32',
    architecture,
    libraries: [
      ...librariesOf(image, image.table(IMPORTS), 20, 12),
      ...librariesOf(image, image.table(DELAYED_IMPORTS), 32, 4),
    ],
    exports: exportsOf(image, image.table(EXPORTS)),
    versions: [],
    hasSymbols: file.u32(header + 16) > 0,
    code: contents.get('.text') ?? Buffer.alloc(0),
  }
}
