import type { Cause } from './cause.js';
import type { Runtime } from './machine.js';
import type { Attempt } from './problem.js';
import { type Target } from './targets.js';
/** What the message names beside the cause. */
export interface Facts {
    version: string;
    platform: string;
    arch: string;
    /** Such as `glibc 2.36`. */
    libc: string | undefined;
    runtime: Runtime;
    runtimeVersion: string;
    attempts: readonly Attempt[];
    /** Targets whose packages are installed. */
    installedTargets: readonly Target[];
}
export declare function messageOf(cause: Cause, facts: Facts): string;
