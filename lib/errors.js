"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.isStorageError = isStorageError;
/** Whether it is what an operation of this package failed with. It then has a `code` and says whether it is `retryable`. */
function isStorageError(error) {
    return error instanceof Error && error.name === 'StorageError' && 'code' in error && 'retryable' in error;
}
