import { WaitAbort } from '../binding.js';
/**
 * Calls `start` with an abort that follows the signal in `options`. When the signal aborts, the call rejects with the
 * signal's reason; a result that came at the same time goes to `discard`.
 */
export declare function withSignal<T>(options: {
    signal?: AbortSignal | undefined;
} | undefined, name: string, start: (wait: WaitAbort) => Promise<T>, discard?: (result: T) => Promise<void> | void): Promise<T>;
/** Nothing also where the addon refuses what there is. */
export declare function signalOf(options: {
    signal?: AbortSignal | undefined;
} | undefined): AbortSignal | undefined;
