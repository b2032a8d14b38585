"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.isStorageError = isStorageError;
function isStorageError(error) {
    return error instanceof Error && error.name === 'StorageError' && 'code' in error && 'retryable' in error;
}
