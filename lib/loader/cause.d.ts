import type { Attempt } from './problem.js';
import type { Target } from './targets.js';
/** Why the addon is not loaded, as the message tells it. */
export type Cause = {
    reason: 'unsupported platform';
} | {
    reason: 'old processor';
    lacking: string[];
} | {
    reason: 'package missing';
    target: Target;
} | {
    reason: 'wrong version';
    target: Target;
    found: string;
} | {
    reason: 'file missing';
    attempt: Attempt;
} | {
    reason: 'broken file';
    attempt: Attempt;
} | {
    reason: 'old glibc';
    attempt: Attempt;
    needed: string;
} | {
    reason: 'missing library';
    attempt: Attempt;
    needed: string;
} | {
    reason: 'other libc';
    attempt: Attempt;
} | {
    reason: 'permission';
} | {
    reason: 'no addons';
} | {
    reason: 'no such file';
    attempt: Attempt;
} | {
    reason: 'other';
    attempt: Attempt;
};
/** What may have disabled addons. */
export interface Disabling {
    switches: readonly string[];
    hasPermissionModel: boolean;
}
/**
 * The cause among several attempts: what failed first with an addon that is there. That the addon of the other libc is of
 * the other libc says nothing.
 */
export declare function causeOf(attempts: readonly Attempt[], disabling: Disabling): Cause;
