/** The path of the addon for darwin-x64. This module throws if its package is not installed. */
declare const path: string;
export = path;
