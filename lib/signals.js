"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.withSignal = withSignal;
exports.signalOf = signalOf;
const binding_js_1 = require("../binding.js");
const errors_js_1 = require("./errors.js");
/**
 * Calls `start` with an abort that follows the signal in `options`. When the signal aborts, the call rejects with the
 * signal's reason; a result that came at the same time goes to `discard`.
 */
async function withSignal(options, name, start, discard = () => { }) {
    const abort = new binding_js_1.CallAbort();
    const signal = signalOf(options);
    const leave = () => abort.abort();
    if (signal?.aborted)
        leave();
    try {
        signal?.addEventListener('abort', leave, { once: true });
    }
    catch {
        throw (0, binding_js_1.refusal)(name, signal, 'an AbortSignal');
    }
    try {
        const result = await start(abort);
        if (!signal?.aborted)
            return result;
        await discard(result);
    }
    catch (error) {
        if (!signal?.aborted || !(0, errors_js_1.isStorageError)(error) || error.code !== 'ERR_CANCELLED')
            throw error;
    }
    finally {
        forget(signal, leave);
    }
    throw signal.reason;
}
/** Undefined also for a value that is no AbortSignal, which the addon refuses. */
function signalOf(options) {
    try {
        const signal = options?.signal;
        const isSignal = typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean';
        return isSignal ? signal : undefined;
    }
    catch {
        return undefined;
    }
}
/** A signal of the caller's own making may fail here: the outcome of the call counts. */
function forget(signal, listener) {
    try {
        signal?.removeEventListener('abort', listener);
    }
    catch { }
}
