"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.addonOf = exports.fileOf = exports.packageOf = exports.TARGETS = void 0;
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
const ENDINGS = { glibc: '-gnu', musl: '-musl' };
/** The targets to try, the most likely first. None if the platform is not supported. */
function targetsOf(platform, arch, libcs) {
    const endings = platform === 'linux' ? libcs.map(libc => ENDINGS[libc]) : ['', '-msvc'];
    return endings.flatMap(ending => exports.TARGETS.filter(target => target === `${platform}-${arch}${ending}`));
}
const packageOf = (target) => `rivers-storage-${target}`;
exports.packageOf = packageOf;
const fileOf = (target) => `rivers-storage.${target}.node`;
exports.fileOf = fileOf;
/** The addon in its package. Named as a file, it is left out by a bundler that is told to leave out `*.node`. */
const addonOf = (target) => `${(0, exports.packageOf)(target)}/${(0, exports.fileOf)(target)}`;
exports.addonOf = addonOf;
