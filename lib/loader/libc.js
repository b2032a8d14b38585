"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.libcName = exports.loaderPaths = void 0;
exports.libcOrder = libcOrder;
/** Paths of the dynamic loaders. */
const loaderPaths = (arch) => arch === 'arm64'
    ? { glibc: '/lib/ld-linux-aarch64.so.1', musl: '/lib/ld-musl-aarch64.so.1' }
    : { glibc: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1' };
exports.loaderPaths = loaderPaths;
/**
 * Both libcs, the one of this process first. A system may have both loaders: Debian with its package `musl`, Alpine with
 * `gcompat`. Only then, or without either, the report is asked, because making it takes milliseconds.
 */
function libcOrder(loaders, report) {
    const isMusl = loaders.musl === loaders.glibc ? (isMuslIn(report()) ?? loaders.musl) : loaders.musl;
    return isMusl ? ['musl', 'glibc'] : ['glibc', 'musl'];
}
function isMuslIn({ header, sharedObjects = [] }) {
    if (sharedObjects.some(path => /\b(ld-musl-|libc\.musl-)/.test(path)))
        return true;
    if (sharedObjects.some(path => /\b(ld-linux-|libc\.so\.6)/.test(path)))
        return false;
    return header?.glibcVersionRuntime ? false : undefined;
}
/** As people write it: `glibc 2.36`. */
const libcName = (libc, { header }) => [libc, libc === 'glibc' ? header?.glibcVersionRuntime : undefined].filter(Boolean).join(' ');
exports.libcName = libcName;
