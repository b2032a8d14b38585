import type { StorageErrorCode } from '../binding.js'

/** What every operation fails with, in both forms. */
export interface StorageError extends Error {
  readonly name: 'StorageError'
  readonly code: StorageErrorCode
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean
  readonly cause?: unknown
  /** A plain object to send to another thread or process: a `structuredClone` of the error itself lacks its `code`. */
  toJSON(): StorageErrorJSON
}

/** A `StorageError` as its `toJSON()` gives it. */
export interface StorageErrorJSON {
  name: 'StorageError'
  code: StorageErrorCode
  retryable: boolean
  message: string
}

/** Not a list of the codes: a newer copy of the package may have more. */
const CODE = /^ERR_[A-Z_]+$/

/**
 * Whether `error` is what an operation failed with, or what the `toJSON()` of such an error gave. It also knows errors of
 * another realm (test runners run tests in one of their own) and of another copy of the package.
 */
export function isStorageError(error: unknown): error is StorageError | StorageErrorJSON {
  if (typeof error !== 'object' || error === null) return false
  try {
    const { name, code, retryable, message } = error as Record<keyof StorageErrorJSON, unknown>
    if (typeof code !== 'string' || !CODE.test(code)) return false
    return name === 'StorageError' && typeof retryable === 'boolean' && typeof message === 'string'
  } catch {
    // A getter or a proxy threw.
    return false
  }
}
