import assert from 'node:assert'
import type { ClaimedStatus, ConcurrencyClaimStatus } from 'rivers-storage'

/** The lease of a claim that has to be granted at once. */
export function granted(status: ConcurrencyClaimStatus): ClaimedStatus {
  assert(status.isClaimed, `pending at ${status.position}`)
  return status
}
