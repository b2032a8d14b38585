import type { StorageErrorCode } from '../binding.js'

/** What every operation fails with. */
export interface StorageError extends Error {
  readonly name: 'StorageError'
  readonly code: StorageErrorCode
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean
  readonly cause?: unknown
}

export function isStorageError(error: unknown): error is StorageError {
  return error instanceof Error && error.name === 'StorageError' && 'code' in error && 'retryable' in error
}
