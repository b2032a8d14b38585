/** The path of the addon for linux-x64-musl. This module throws if its package is not installed. */
declare const path: string;
export = path;
