import { type Target } from './targets.js';
/**
 * The path of a platform's addon, for those who copy it. Package managers that isolate packages let nobody but this package
 * resolve those of the platforms.
 */
export declare function addonPath(target: Target): string;
