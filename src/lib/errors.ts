import type { StorageErrorCode } from '../binding.js'

/** What every operation fails with, in both forms. */
export interface StorageError extends Error {
  readonly name: 'StorageError'
  readonly code: StorageErrorCode
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean
  readonly cause?: unknown
}

/** Whether it is what an operation of this package failed with. It then has a `code` and says whether it is `retryable`. */
export function isStorageError(error: unknown): error is StorageError {
  return error instanceof Error && error.name === 'StorageError' && 'code' in error && 'retryable' in error
}
