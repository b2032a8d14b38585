import type { Runs, Outcome } from './runs.js'

// D14: there, keys of the user and what the storage keeps for itself are one namespace.

/** The storage's own keys, as what they are for and of whom. */
export function reserved(key: string): { kind: 'cancel' | 'run_outcome' | 'graph_topology'; of: string } | undefined {
  const [, kind, of] = key.match(/^(cancel|run_outcome|graph_topology):(.*)$/s) ?? []
  return kind ? { kind: kind as 'cancel', of: of! } : undefined
}

/** What the storage itself keeps under such a key. */
export function kept(key: string, runs: Runs, topology: (location: string) => unknown): Buffer | null {
  const { kind, of } = reserved(key)!
  if (kind === 'cancel') return runs.cancelled.has(of) ? Buffer.from('1') : null
  if (kind === 'run_outcome') return runs.outcomes.has(of) ? Buffer.from(outcomeText(runs.outcomes.get(of)!)) : null
  return topology(of) === undefined ? null : Buffer.from(JSON.stringify(topology(of)))
}

function outcomeText({ status, completed_steps, total_steps, message }: Outcome): string {
  const why = status === 'Failure' ? { message: message ?? 'unknown error' } : {}
  return JSON.stringify({ [status]: { ...why, completed_steps, total_steps } })
}
