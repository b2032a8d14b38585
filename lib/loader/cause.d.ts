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
    reason: 'access denied';
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
    reason: 'wrong name';
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
 * The first problem of an addon that exists. `other libc` is skipped for targets, because both libcs are always tried; for
 * a file named by the variable every problem counts.
 */
export declare function causeOf(attempts: readonly Attempt[], disabling: Disabling): Cause;
