/** How a file that `from` requires is truncated. Undefined if it is whole, is not found, or cannot be read. */
export declare function truncation(name: string, from: string | undefined): string | undefined;
/** The first bytes of a file, at most `length`, and the size of the whole file. */
export declare function readStart(path: string, length: number): {
    bytes: Buffer;
    size: number;
};
