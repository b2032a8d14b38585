import type { LaunchedBy as Launch, NewUserRef } from '../binding.js';
/** Who or what launched a run. All fields are always there. */
export type LaunchedBy = Launch;
/** Makes them. */
export declare const LaunchedBy: {
    /** By hand. */
    manual: (user?: NewUserRef) => Launch;
    schedule: (name: string) => Launch;
    sensor: (name: string) => Launch;
    backfill: (backfillId: string) => Launch;
    /** By a condition on assets. */
    condition: () => Launch;
};
