/** The path of the addon for linux-arm64-musl. This module throws if its package is not installed. */
declare const path: string;
export = path;
