/** How much of a file `elfSize` needs. */
export const ELF_HEADER = 64

/**
 * The least size of an ELF file of 64 bits with this header, or undefined if it is none. Linkers write the table of sections
 * last. A file that is shorter was cut, and loading it would end the process with SIGBUS: glibc maps it without looking
 * at its size.
 */
export function elfSize(header: Uint8Array): number | undefined {
  const isElf = header.length >= ELF_HEADER && String.fromCharCode(...header.subarray(0, 4)) === '\x7fELF'
  const [, , , , bits, order] = header
  if (!isElf || bits !== 2 || order !== 1) return undefined
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  return Number(view.getBigUint64(0x28, true)) + view.getUint16(0x3a, true) * view.getUint16(0x3c, true)
}
