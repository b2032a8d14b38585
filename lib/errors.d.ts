import type { StorageErrorCode } from '../binding.js';
/** What every operation fails with, in both forms. */
export interface StorageError extends Error {
    readonly name: 'StorageError';
    readonly code: StorageErrorCode;
    /** Whether the same call may succeed later, unchanged. */
    readonly retryable: boolean;
    readonly cause?: unknown;
    /** A plain object to send to another thread or process: a `structuredClone` of the error itself lacks its `code`. */
    toJSON(): StorageErrorJSON;
}
/** A `StorageError` as its `toJSON()` gives it. */
export interface StorageErrorJSON {
    name: 'StorageError';
    code: StorageErrorCode;
    retryable: boolean;
    message: string;
}
/**
 * Whether `error` is what an operation failed with, or what the `toJSON()` of such an error gave. It also knows errors of
 * another realm (test runners run tests in one of their own) and of another copy of the package.
 */
export declare function isStorageError(error: unknown): error is StorageError | StorageErrorJSON;
