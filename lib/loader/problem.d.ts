import type { Target } from './targets.js';
/** Why one addon could not be loaded. */
export type Problem = {
    kind: 'absent';
}
/** The package is there, or a bundle has its version in it; the file is not. */
 | {
    kind: 'file missing';
} | {
    kind: 'version';
    found: string;
}
/** The file is not loaded, because Node would not take it for an addon. */
 | {
    kind: 'name';
} | {
    kind: 'broken';
} | {
    kind: 'access';
} | {
    kind: 'disabled';
} | {
    kind: 'glibc';
    needed: string;
} | {
    kind: 'processor';
} | {
    kind: 'other libc';
} | {
    kind: 'library';
    needed: string;
} | {
    kind: 'other';
};
/** One addon that was tried: of a target, or a file that was named. */
export interface Attempt {
    /** The package or file, as the message names it. */
    source: string;
    target?: Target | undefined;
    problem: Problem;
    error: Error;
}
/** The problem behind the error of a `require`. `isInstalled` if the package of the required file is installed. */
export declare function problemOf({ code, message }: NodeJS.ErrnoException, isInstalled: boolean): Problem;
