"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.LaunchedBy = void 0;
const nobody = { name: null, backfillId: null, user: null };
/** Makes them, one by what launched the run. */
exports.LaunchedBy = {
    /** By hand. */
    manual: (user) => ({
        kind: 'manual',
        ...nobody,
        user: user ? { subject: user.subject, email: user.email ?? null, name: user.name ?? null } : null,
    }),
    schedule: (name) => ({ kind: 'schedule', ...nobody, name }),
    sensor: (name) => ({ kind: 'sensor', ...nobody, name }),
    backfill: (backfillId) => ({ kind: 'backfill', ...nobody, backfillId }),
    /** By a condition on assets. */
    condition: () => ({ kind: 'condition', ...nobody }),
};
