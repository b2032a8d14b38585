"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.LaunchedBy = void 0;
const UNNAMED = { name: null, backfillId: null, user: null };
/** Builds the `launchedBy` of a run. */
exports.LaunchedBy = {
    /** Launched by hand, by a user if one is given. */
    manual: (user) => ({
        kind: 'manual',
        ...UNNAMED,
        user: user ? { subject: user.subject, email: user.email ?? null, name: user.name ?? null } : null,
    }),
    /** Launched by the schedule of this name. */
    schedule: (name) => ({ kind: 'schedule', ...UNNAMED, name }),
    /** Launched by the sensor of this name. */
    sensor: (name) => ({ kind: 'sensor', ...UNNAMED, name }),
    /** Launched by the backfill with this id. */
    backfill: (backfillId) => ({ kind: 'backfill', ...UNNAMED, backfillId }),
    /** Launched by a condition on assets. */
    condition: () => ({ kind: 'condition', ...UNNAMED }),
};
