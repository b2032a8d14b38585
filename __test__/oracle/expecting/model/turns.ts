/**
 * Whose turn it is, as docs/concurrency.md has it: what is held already is granted; more if it fits, unless it is kept for
 * the head of the queue.
 */
export const OVERTAKES = 32

/** A pool, as a claim finds it. */
export interface Room {
  /** Negative is none. */
  limit: number
  /** By live leases of other steps. */
  others: number
  /** By this step. */
  held: number
  wanted: number
  /** The first who waits for the pool, is ahead of this claim and could ever be served. */
  head?: Head | undefined
}
export interface Head {
  /** What it wants of this pool. */
  wanted: number
  /** Whether it could be granted now, in all its pools. */
  fits: boolean
  /** How often others were granted something in this pool that it waits for. */
  overtaken: number
}

export type Verdict = 'free' | 'overtakes' | 'full' | 'reserved'

export const fits = (limit: number, used: number, wanted: number): boolean => limit < 0 || used + wanted <= limit

export function decide({ limit, others, held, wanted, head }: Room): Verdict {
  if (held > 0 && wanted <= held) return 'free'
  if (!fits(limit, others, wanted)) return 'full'
  const roomForHead = (used: number): boolean => !head || fits(limit, used, head.wanted)
  if (!head || roomForHead(others + wanted)) return 'free'
  if (head.fits) return 'reserved'
  // Who is blocked elsewhere, or by what is held here already.
  if (roomForHead(others + held)) return 'free'
  return head.overtaken < OVERTAKES ? 'overtakes' : 'reserved'
}
