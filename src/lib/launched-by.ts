import type { LaunchedBy as Launch, NewUserRef } from '../binding.js'

/** Who or what launched a run. All fields are always there. */
export type LaunchedBy = Launch

const nobody: Omit<LaunchedBy, 'kind'> = { name: null, backfillId: null, user: null }

/** Makes them, one by what launched the run. */
export const LaunchedBy = {
  /** By hand. */
  manual: (user?: NewUserRef): LaunchedBy => ({
    kind: 'manual',
    ...nobody,
    user: user ? { subject: user.subject, email: user.email ?? null, name: user.name ?? null } : null,
  }),
  schedule: (name: string): LaunchedBy => ({ kind: 'schedule', ...nobody, name }),
  sensor: (name: string): LaunchedBy => ({ kind: 'sensor', ...nobody, name }),
  backfill: (backfillId: string): LaunchedBy => ({ kind: 'backfill', ...nobody, backfillId }),
  /** By a condition on assets. */
  condition: (): LaunchedBy => ({ kind: 'condition', ...nobody }),
}
