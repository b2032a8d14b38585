import type { LaunchedBy as Launch, NewUserRef } from '../binding.js'

/** Who or what launched a run. All fields are always there. */
export type LaunchedBy = Launch

const nobody: Omit<Launch, 'kind'> = { name: null, backfillId: null, user: null }

/** Makes them. */
export const LaunchedBy = {
  /** By hand. */
  manual: (user?: NewUserRef): Launch => ({
    kind: 'manual',
    ...nobody,
    user: user ? { subject: user.subject, email: user.email ?? null, name: user.name ?? null } : null,
  }),
  schedule: (name: string): Launch => ({ kind: 'schedule', ...nobody, name }),
  sensor: (name: string): Launch => ({ kind: 'sensor', ...nobody, name }),
  backfill: (backfillId: string): Launch => ({ kind: 'backfill', ...nobody, backfillId }),
  /** By a condition on assets. */
  condition: (): Launch => ({ kind: 'condition', ...nobody }),
}
