import type { StorageErrorCode } from '../binding.js';
/** What every operation fails with. */
export interface StorageError extends Error {
    readonly name: 'StorageError';
    readonly code: StorageErrorCode;
    /** Whether the same call may succeed later, unchanged. */
    readonly retryable: boolean;
    readonly cause?: unknown;
}
export declare function isStorageError(error: unknown): error is StorageError;
