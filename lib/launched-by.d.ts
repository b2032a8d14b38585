import type { LaunchedBy as Launch, NewUserRef } from '../binding.js';
/** Who or what launched a run. All fields are always there. */
export type LaunchedBy = Launch;
/** Makes them, one by what launched the run. */
export declare const LaunchedBy: {
    /** By hand. */
    manual: (user?: NewUserRef) => LaunchedBy;
    schedule: (name: string) => LaunchedBy;
    sensor: (name: string) => LaunchedBy;
    backfill: (backfillId: string) => LaunchedBy;
    /** By a condition on assets. */
    condition: () => LaunchedBy;
};
