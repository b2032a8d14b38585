import type { LaunchedBy as Launch, NewUserRef } from '../binding.js';
/** What launched a run. Every field is always present. */
export type LaunchedBy = Launch;
/** Builds the `launchedBy` of a run. */
export declare const LaunchedBy: {
    /** Launched by hand, by a user if one is given. */
    manual: (user?: NewUserRef) => LaunchedBy;
    /** Launched by the schedule of this name. */
    schedule: (name: string) => LaunchedBy;
    /** Launched by the sensor of this name. */
    sensor: (name: string) => LaunchedBy;
    /** Launched by the backfill with this id. */
    backfill: (backfillId: string) => LaunchedBy;
    /** Launched by a condition on assets. */
    condition: () => LaunchedBy;
};
