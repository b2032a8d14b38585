import type { StorageErrorCode } from '../binding.js';
/** The error of every operation that fails, in both forms. */
export interface StorageError extends Error {
    /** Tells a `StorageError` from other errors, as `isStorageError` does. */
    readonly name: 'StorageError';
    /** What went wrong. */
    readonly code: StorageErrorCode;
    /** Whether the same call may succeed later, unchanged. */
    readonly retryable: boolean;
    /** The error that caused this one, if there is one. */
    readonly cause?: unknown;
    /** The error as a plain object, for another thread or process: a `structuredClone` of the error lacks its `code`. */
    toJSON(): StorageErrorJSON;
}
/** A `StorageError` as a plain object. */
export interface StorageErrorJSON {
    /** Tells a `StorageError` from other objects, as `isStorageError` does. */
    name: 'StorageError';
    /** What went wrong. */
    code: StorageErrorCode;
    /** Whether the same call may succeed later, unchanged. */
    retryable: boolean;
    /** What went wrong, for people. */
    message: string;
}
/**
 * Tells whether `error` is a `StorageError`, or what the `toJSON()` of one gave. Right also for errors of another realm (test
 * runners run tests in a realm of their own) and of another copy of the package.
 */
export declare function isStorageError(error: unknown): error is StorageError | StorageErrorJSON;
