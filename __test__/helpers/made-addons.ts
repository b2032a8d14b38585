// Small files of the formats of addons, with what a test of the check of addons needs in them.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Elf {
  /** C code in place of the instruction for CRC-32C. */
  body?: string
  /** More C code. */
  more?: string
  flags?: string[]
  isStripped?: boolean
}

/** A library for this system, compiled by its C compiler. */
export function madeElf(dir: string, { body, more = '', flags = [], isStripped = true }: Elf = {}): Buffer {
  const crc32 = process.arch === 'x64' ? '__builtin_ia32_crc32di(a, a)' : '__builtin_aarch64_crc32cx(a, a)'
  const machine = process.arch === 'x64' ? '-msse4.2' : '-march=armv8-a+crc'
  const seen = '__attribute__((visibility("default")))'
  writeFileSync(
    join(dir, 'made.c'),
    `static unsigned long work(unsigned long a) { return ${body ?? crc32}; }
     ${seen} int napi_register_module_v1(unsigned long a) { return work(a); }
     ${more.replaceAll('SEEN', seen)}`,
  )
  const out = join(dir, 'made.so')
  const strip = isStripped ? ['-s'] : []
  execFileSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    machine,
    '-fvisibility=hidden',
    ...strip,
    '-o',
    out,
    join(dir, 'made.c'),
    '-Wl,--no-as-needed',
    '-lc',
    ...flags,
  ])
  return readFileSync(out)
}

/** A file that is written piece by piece, at places that pieces before it name. */
class Layout {
  private readonly file = Buffer.alloc(4096)

  numbers(at: number, ...values: number[]): void {
    values.forEach((value, index) => this.file.writeUInt32LE(value >>> 0, at + index * 4))
  }

  text(at: number, text: string): void {
    this.file.write(`${text}\0`, at, 'latin1')
  }

  bytes(at: number, bytes: Buffer): void {
    bytes.copy(this.file, at)
  }

  end(size = this.file.length): Buffer {
    return this.file.subarray(0, size)
  }
}

const CRC32 = {
  x64: Buffer.from('f2480f38f1c0', 'hex'),
  // 0x9ac15c00, after an instruction that does nothing.
  arm64: Buffer.from('1f2003d5005cc19a', 'hex'),
}

interface Foreign {
  architecture?: 'x64' | 'arm64'
  library?: string
  exports?: string[]
  code?: Buffer
}

interface MachO extends Foreign {
  oldest?: number[]
  /** 1 for macOS. */
  system?: number
  /** The type of a symbol that nothing else sees. */
  inner?: number
}

/** A library for macOS: a segment with code, a library, the oldest system, symbols. */
export function madeMachO({
  architecture = 'arm64',
  library = '/usr/lib/libSystem.B.dylib',
  exports = ['_napi_register_module_v1'],
  code = CRC32[architecture],
  oldest = architecture === 'x64' ? [10, 15] : [11, 0],
  system = 1,
  inner,
}: MachO = {}): Buffer {
  const [segment, dylib, build, symbols] = [32, 184, 264, 288]
  const layout = new Layout()
  layout.numbers(0, 0xfeedfacf, architecture === 'x64' ? 0x01000007 : 0x0100000c, 0, 6, 4, 280)
  layout.numbers(segment, 0x19, 152)
  layout.text(segment + 8, '__TEXT')
  layout.numbers(segment + 40, 0, 0, 4096)
  layout.numbers(segment + 64, 1)
  layout.text(segment + 72, '__text')
  layout.numbers(segment + 72 + 40, code.length, 0, 1024)
  layout.bytes(1024, code)
  layout.numbers(dylib, 0xc, 80, 24)
  layout.text(dylib + 24, library)
  layout.numbers(build, 0x32, 24, system, (oldest[0]! << 16) | (oldest[1]! << 8))
  layout.numbers(symbols, 0x2, 24, 2048, exports.length + (inner === undefined ? 1 : 2), 3072, 1024)
  // The first symbol is one that the library needs itself.
  layout.numbers(2048, 512, 0x01)
  layout.text(3072 + 512, '_malloc')
  exports.forEach((name, index) => {
    layout.numbers(2048 + 16 * (index + 1), 32 * index, 0x010f)
    layout.text(3072 + 32 * index, name)
  })
  if (inner !== undefined) {
    layout.numbers(2048 + 16 * (exports.length + 1), 544, 0x0100 | inner)
    layout.text(3072 + 544, '_inner')
  }
  return layout.end()
}

interface Pe extends Foreign {
  /** Functions that have a number and no name. */
  unnamed?: number
  /** Entries of a symbol table, which GNU's linker writes. */
  symbols?: number
}

/** A library for Windows: a section with code and tables, and one behind it that the check does not read. */
export function madePe({
  architecture = 'x64',
  library = 'KERNEL32.dll',
  exports = ['napi_register_module_v1'],
  code = CRC32[architecture],
  unnamed = 0,
  symbols = 0,
}: Pe = {}): Buffer {
  const [header, address, at] = [64, 0x1000, 1024]
  const optional = header + 24
  const layout = new Layout()
  layout.text(0, 'MZ')
  layout.numbers(0x3c, header)
  layout.numbers(header, 0x4550, (2 << 16) | (architecture === 'x64' ? 0x8664 : 0xaa64))
  layout.numbers(header + 16, symbols, 240)
  layout.numbers(optional, 0x20b)
  layout.numbers(optional + 108, 16, address + 512, 40, address + 1024, 40)
  const section = optional + 240
  layout.text(section, '.text')
  layout.numbers(section + 8, 2560, address, 2560, at)
  layout.text(section + 40, '.reloc')
  layout.numbers(section + 48, 512, 0x2000, 512, 3584)
  layout.bytes(at, code)
  const functions = exports.length + unnamed
  layout.numbers(at + 512 + 16, 1, functions, exports.length, address + 1400, address + 600, address + 1500)
  for (let index = 0; index < functions; index++) layout.numbers(at + 1400 + 4 * index, address)
  layout.bytes(at + 1500, Buffer.from(Uint16Array.from(exports.keys()).buffer))
  exports.forEach((name, index) => {
    layout.numbers(at + 600 + 4 * index, address + 700 + 32 * index)
    layout.text(at + 700 + 32 * index, name)
  })
  layout.numbers(at + 1024, address + 1200, 0, 0, address + 1300, address + 1200)
  layout.text(at + 1300, library)
  return layout.end()
}
