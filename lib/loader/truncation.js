"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.truncation = truncation;
exports.readStart = readStart;
const node_fs_1 = require("node:fs");
const node_module_1 = require("node:module");
const elf_js_1 = require("./elf.js");
/** How a file that `from` requires is truncated. Undefined if it is whole, is not found, or cannot be read. */
function truncation(name, from) {
    if (!from || process.platform !== 'linux')
        return undefined;
    try {
        const path = (0, node_module_1.createRequire)(from).resolve(name);
        const { bytes, size } = readStart(path, elf_js_1.ELF_HEADER);
        const whole = (0, elf_js_1.elfSize)(bytes);
        return whole !== undefined && size < whole ? `${path} has ${size} bytes of at least ${whole}` : undefined;
    }
    catch {
        return undefined;
    }
}
/** The first bytes of a file, at most `length`, and the size of the whole file. */
function readStart(path, length) {
    const file = (0, node_fs_1.openSync)(path, 'r');
    try {
        const bytes = Buffer.alloc(length);
        return { bytes: bytes.subarray(0, (0, node_fs_1.readSync)(file, bytes, 0, length, 0)), size: (0, node_fs_1.fstatSync)(file).size };
    }
    finally {
        (0, node_fs_1.closeSync)(file);
    }
}
