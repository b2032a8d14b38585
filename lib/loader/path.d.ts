import { type Target } from './targets.js';
/**
 * The path of a platform's addon, for scripts that copy it. They cannot resolve it themselves where the package manager
 * isolates packages: only this package has those of the platforms as dependencies.
 */
export declare function addonPath(target: Target): string;
