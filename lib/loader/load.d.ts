import { type Sources } from './attempts.js';
import { type Cause } from './cause.js';
/** Loads the addon of this platform, or the file that RIVERS_STORAGE_BINARY names. Throws an `AddonError`. */
export declare function load(sources: Sources): unknown;
/** The error of a package that has no addon. It is no `StorageError`, whose class is in the addon. */
export interface AddonError extends Error {
    code: 'ERR_ADDON_NOT_LOADED';
    /** Tells the causes apart. */
    reason: Cause['reason'];
}
