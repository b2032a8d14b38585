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
/** Switches of this process and of NODE_OPTIONS. */
export declare const switches: () => string[];
