import type { LaunchedBy as Launch, NewUserRef } from '../binding.js'

/** What launched a run. Every field is always present. */
export type LaunchedBy = Launch

const UNNAMED: Omit<LaunchedBy, 'kind'> = { name: null, backfillId: null, user: null }

/** Builds the `launchedBy` of a run. */
export const LaunchedBy = {
  /** Launched by hand, by a user if one is given. */
  manual: (user?: NewUserRef): LaunchedBy => ({
    kind: 'manual',
    ...UNNAMED,
    user: user ? { subject: user.subject, email: user.email ?? null, name: user.name ?? null } : null,
  }),
  /** Launched by the schedule of this name. */
  schedule: (name: string): LaunchedBy => ({ kind: 'schedule', ...UNNAMED, name }),
  /** Launched by the sensor of this name. */
  sensor: (name: string): LaunchedBy => ({ kind: 'sensor', ...UNNAMED, name }),
  /** Launched by the backfill with this id. */
  backfill: (backfillId: string): LaunchedBy => ({ kind: 'backfill', ...UNNAMED, backfillId }),
  /** Launched by a condition on assets. */
  condition: (): LaunchedBy => ({ kind: 'condition', ...UNNAMED }),
}
