import { type Attempt } from './problem.js';
import { type Target } from './targets.js';
/** What a `require` gave. */
export type Required = {
    value: unknown;
} | {
    error: unknown;
};
/** The `require` calls, which bundlers only follow where they are written out: see binding.js. */
export interface Sources {
    /** The file they are in, or in which they were bundled. */
    from: string | undefined;
    version: string;
    /** The addon in the same folder: of a clone, or copied beside a bundle. */
    requireBeside(target: Target): Required;
    /** The addon of a platform's package. */
    requireInstalled(target: Target): Required;
    /** The version of a platform's package; undefined if it is not installed. */
    versionOf(target: Target): string | undefined;
}
/** An addon, or why there is none. */
export type Outcome = {
    addon: unknown;
} | Attempt;
/** The addon of each target in turn: beside the package, then from the platform's package. */
export declare function attempts(sources: Sources, targets: readonly Target[]): Generator<Outcome>;
/** The file that RIVERS_STORAGE_BINARY names. */
export declare function attemptFile(name: string): Outcome;
