/** The path of the addon for win32-x64-msvc. This module throws if its package is not installed. */
declare const path: string;
export = path;
