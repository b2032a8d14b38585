/** How much of a file `elfSize` needs. */
export declare const ELF_HEADER = 64;
/**
 * The least size of an ELF file of 64 bits with this header, or undefined if it is none. Linkers write the table of sections
 * last. A file that is shorter was cut, and loading it would end the process with SIGBUS: glibc maps it without looking
 * at its size.
 */
export declare function elfSize(header: Uint8Array): number | undefined;
