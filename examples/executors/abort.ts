// When an attempt has to end before it is done, and how to wait until then.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SlotLease } from 'rivers-storage'
import { StepInterrupted } from '../retry.js'
import type { Run } from '../run.js'

export interface Abort extends Disposable {
  readonly signal: AbortSignal
  /** Throws if the attempt has to end, also when the event loop was blocked and the signal could not abort yet. */
  check(): void
}

/** Aborts when the lease is lost, the run is cancelled or the attempt takes too long. */
export function abortOf(run: Run, lease: SlotLease): Abort {
  const { timeout } = run.options
  const tooLong = new AbortController()
  const timer = setTimeout(() => tooLong.abort(new Error(`the step took longer than ${timeout} ms`)), timeout)
  const signal = AbortSignal.any([lease.signal, run.signal, tooLong.signal])
  return {
    signal,
    check() {
      signal.throwIfAborted()
      if (!lease.live) throw new StepInterrupted('the lease was lost')
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/** Waits, and rejects with the signal's own reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
  signal.throwIfAborted()
}
