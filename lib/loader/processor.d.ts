/**
 * The instructions of x86-64-v2 that the processor lacks: the addon would end the process with SIGILL.
 *
 * @param cpuinfo the beginning of /proc/cpuinfo, where it can be read
 * @param hasWasmSimd whether V8 compiles SIMD, for which it needs SSE4.1; undefined where that is not known
 */
export declare function lackingInstructions(cpuinfo: string, hasWasmSimd: boolean | undefined): string[];
