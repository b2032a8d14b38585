"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.specifierOf = exports.fileOf = exports.packageOf = exports.TARGETS = void 0;
exports.targetsOf = targetsOf;
/** The platforms that have a package with an addon, by the ends of the names of these packages. */
exports.TARGETS = [
    'darwin-arm64',
    'darwin-x64',
    'linux-arm64-gnu',
    'linux-arm64-musl',
    'linux-x64-gnu',
    'linux-x64-musl',
    'win32-arm64-msvc',
    'win32-x64-msvc',
];
const ABIS = { glibc: 'gnu', musl: 'musl' };
const isTarget = (name) => exports.TARGETS.some(target => target === name);
/** The targets to try, the most likely first. None if the platform is not supported. */
function targetsOf(platform, arch, libcs) {
    const name = `${platform}-${arch}`;
    const names = platform === 'linux' ? libcs.map(libc => `${name}-${ABIS[libc]}`) : [name, `${name}-msvc`];
    return names.filter(isTarget);
}
const packageOf = (target) => `rivers-storage-${target}`;
exports.packageOf = packageOf;
const fileOf = (target) => `rivers-storage.${target}.node`;
exports.fileOf = fileOf;
/**
 * What `require` takes for the addon in its package. It names the file, so that bundlers which are told to leave out
 * `*.node` leave it out.
 */
const specifierOf = (target) => `${(0, exports.packageOf)(target)}/${(0, exports.fileOf)(target)}`;
exports.specifierOf = specifierOf;
