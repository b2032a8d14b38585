/** The path of the addon for this platform. */
declare const path: string;
export = path;
