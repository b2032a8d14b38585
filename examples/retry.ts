// Whether a step whose attempt failed is tried again.
import { isStorageError } from 'rivers-storage'

const MAX_ATTEMPTS = 3

/** The attempt ended without a fault of the step: its worker was killed, or its lease was lost. */
export class StepInterrupted extends Error {}

export type Decision = 'retry' | 'fail' | 'stop'

/** A step is a pure function: an error that it throws would be thrown again, so only interrupted attempts are repeated. */
export function afterFailure(error: unknown, attempt: number, cancelled: boolean): Decision {
  if (cancelled) return 'stop'
  return isInterruption(error) && attempt < MAX_ATTEMPTS ? 'retry' : 'fail'
}

const isInterruption = (error: unknown): boolean =>
  error instanceof StepInterrupted || (isStorageError(error) && (error.retryable || error.code === 'ERR_LEASE_LOST'))
