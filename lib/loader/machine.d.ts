import { type DynamicLoaders, type ProcessReport } from './libc.js';
export type Runtime = 'Node' | 'Bun' | 'Deno';
export declare const runtime: Runtime;
export declare const runtimeVersion: string;
export declare function dynamicLoaders(arch: string): DynamicLoaders;
export declare const processReport: () => ProcessReport;
/** The entry of the first processor. */
export declare const cpuinfo: () => string;
/** Undefined if nothing follows from it: Bun's engine wants AVX, and without WebAssembly there is no answer. */
export declare function hasWasmSimd(): boolean | undefined;
/** How the file was cut, if it was: `undefined` for a whole one, and for one that is not found. */
export declare function cut(name: string, from: string | undefined): string | undefined;
/** Switches of this process and of NODE_OPTIONS. */
export declare const switches: () => string[];
