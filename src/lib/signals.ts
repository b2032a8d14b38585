import { CallAbort, refusal } from '../binding.js'
import { isStorageError } from './errors.js'

/**
 * Calls `start` with an abort that follows the signal in `options`. When the signal aborts, the call rejects with the
 * signal's reason; a result that came at the same time goes to `discard`.
 */
export async function withSignal<T>(
  options: { signal?: AbortSignal | undefined } | undefined,
  name: string,
  start: (abort: CallAbort) => Promise<T>,
  discard: (result: T) => Promise<void> | void = () => {},
): Promise<T> {
  const abort = new CallAbort()
  const signal = signalOf(options)
  const leave = (): void => abort.abort()
  if (signal?.aborted) leave()
  try {
    signal?.addEventListener('abort', leave, { once: true })
  } catch {
    throw refusal(name, signal, 'an AbortSignal')
  }
  try {
    const result = await start(abort)
    if (!signal?.aborted) return result
    await discard(result)
  } catch (error) {
    if (!signal?.aborted || !isStorageError(error) || error.code !== 'ERR_CANCELLED') throw error
  } finally {
    forget(signal, leave)
  }
  throw signal.reason
}

/** Undefined also for a value that is no AbortSignal, which the addon refuses. */
export function signalOf(options: { signal?: AbortSignal | undefined } | undefined): AbortSignal | undefined {
  try {
    const signal = options?.signal
    const isSignal = typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean'
    return isSignal ? signal : undefined
  } catch {
    return undefined
  }
}

/** A signal of the caller's own making may fail here: the outcome of the call counts. */
function forget(signal: AbortSignal | undefined, listener: () => void): void {
  try {
    signal?.removeEventListener('abort', listener)
  } catch {}
}
