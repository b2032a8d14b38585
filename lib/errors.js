"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.isStorageError = isStorageError;
/** Not a list of the codes: a newer copy of the package may have more. */
const CODE = /^ERR_[A-Z_]+$/;
/**
 * Tells whether `error` is a `StorageError`, or what the `toJSON()` of one gave. Right also for errors of another realm (test
 * runners run tests in a realm of their own) and of another copy of the package.
 */
function isStorageError(error) {
    if (typeof error !== 'object' || error === null)
        return false;
    try {
        const { name, code, retryable, message } = error;
        if (typeof code !== 'string' || !CODE.test(code))
            return false;
        return name === 'StorageError' && typeof retryable === 'boolean' && typeof message === 'string';
    }
    catch {
        // A getter or a proxy threw.
        return false;
    }
}
