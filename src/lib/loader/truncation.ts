import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ELF_HEADER, elfSize } from './elf.js'

/** How a file that `from` requires is truncated. Undefined if it is whole, is not found, or cannot be read. */
export function truncation(name: string, from: string | undefined): string | undefined {
  if (!from || process.platform !== 'linux') return undefined
  try {
    const path = createRequire(from).resolve(name)
    const { bytes, size } = readStart(path, ELF_HEADER)
    const whole = elfSize(bytes)
    return whole !== undefined && size < whole ? `${path} has ${size} bytes of at least ${whole}` : undefined
  } catch {
    return undefined
  }
}

/** The first bytes of a file, at most `length`, and the size of the whole file. */
export function readStart(path: string, length: number): { bytes: Buffer; size: number } {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return { bytes: bytes.subarray(0, readSync(file, bytes, 0, length, 0)), size: fstatSync(file).size }
  } finally {
    closeSync(file)
  }
}
