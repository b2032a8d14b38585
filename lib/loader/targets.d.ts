import type { Libc } from './libc.js';
/** The platforms that have a package with an addon, by the ends of the names of these packages. */
export declare const TARGETS: readonly ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-arm64-msvc', 'win32-x64-msvc'];
export type Target = (typeof TARGETS)[number];
/** The targets to try, the most likely first. None if the platform is not supported. */
export declare function targetsOf(platform: string, arch: string, libcs: readonly Libc[]): Target[];
export declare const packageOf: (target: Target) => string;
export declare const fileOf: (target: Target) => string;
/**
 * What `require` takes for the addon in its package. It names the file, so that bundlers which are told to leave out
 * `*.node` leave it out.
 */
export declare const specifierOf: (target: Target) => string;
