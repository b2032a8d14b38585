"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.switches = exports.cpuinfo = exports.processReport = exports.runtimeVersion = exports.runtime = void 0;
exports.dynamicLoaders = dynamicLoaders;
exports.hasWasmSimd = hasWasmSimd;
const node_fs_1 = require("node:fs");
const libc_js_1 = require("./libc.js");
const truncation_js_1 = require("./truncation.js");
const { bun, deno, node } = process.versions;
exports.runtime = bun ? 'Bun' : deno ? 'Deno' : 'Node';
exports.runtimeVersion = bun ?? deno ?? node;
function dynamicLoaders(arch) {
    const { glibc, musl } = (0, libc_js_1.loaderPaths)(arch);
    return { glibc: isThere(glibc), musl: isThere(musl) };
}
function isThere(path) {
    try {
        return (0, node_fs_1.existsSync)(path);
    }
    catch {
        // Under the permission model.
        return false;
    }
}
let report;
const processReport = () => (report ??= makeReport());
exports.processReport = processReport;
function makeReport() {
    // Deno reports the glibc of another system, also on Alpine.
    if (exports.runtime === 'Deno')
        return {};
    try {
        const maker = process.report;
        const before = maker.excludeNetwork;
        // Otherwise every open socket is looked up in the DNS.
        maker.excludeNetwork = true;
        try {
            return maker.getReport();
        }
        finally {
            maker.excludeNetwork = before ?? false;
        }
    }
    catch {
        return {};
    }
}
/** The entry of the first processor. */
const cpuinfo = () => {
    try {
        return (0, truncation_js_1.readStart)('/proc/cpuinfo', 4096).bytes.toString('latin1');
    }
    catch {
        return '';
    }
};
exports.cpuinfo = cpuinfo;
/** `drop(v128.const 0)`: V8 refuses it on a processor without SSE4.1. */
const SIMD_MODULE = Buffer.from('0061736d01000000010401600000030201000a17011500fd0c000000000000000000000000000000001a0b', 'hex');
/** Undefined if nothing follows from it: Bun's engine wants AVX, and without WebAssembly there is no answer. */
function hasWasmSimd() {
    const { WebAssembly } = globalThis;
    if (exports.runtime === 'Bun' || !WebAssembly)
        return undefined;
    return WebAssembly.validate(SIMD_MODULE);
}
/** Switches of this process and of NODE_OPTIONS. */
const switches = () => [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
exports.switches = switches;
