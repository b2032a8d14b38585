import { CallAbort } from '../binding.js';
/**
 * Calls `start` with an abort that follows the signal in `options`. When the signal aborts, the call rejects with the
 * signal's reason; a result that came at the same time goes to `discard`.
 */
export declare function withSignal<T>(options: {
    signal?: AbortSignal | undefined;
} | undefined, name: string, start: (abort: CallAbort) => Promise<T>, discard?: (result: T) => Promise<void> | void): Promise<T>;
/** Undefined also for a value that is no AbortSignal, which the addon refuses. */
export declare function signalOf(options: {
    signal?: AbortSignal | undefined;
} | undefined): AbortSignal | undefined;
