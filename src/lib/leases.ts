import { SlotLease, Storage, acquire, loss, onLost, refusal } from '../binding.js'
import type { AcquireOptions, CallAbort, SlotClaim } from '../binding.js'
import { withSignal } from './signals.js'

declare module '../binding.js' {
  interface Storage {
    /**
     * Waits until the slots of all pools of the claim are granted together. Higher `priority` first; first come, first
     * served among equals; a claim that fits may pass a blocked one. Waits without limit unless `timeout` is given. The
     * lease is renewed until it is released or lost, unless `renew` is false. When `claim.signal` aborts, the call rejects
     * with the signal's reason. `claim.leaseDuration` must be at least 100 ms.
     *
     * @returns the lease, which holds the slots of all pools of the claim
     * @throws {StorageError} ERR_NOT_FOUND if a pool is unknown.
     * @throws {StorageError} ERR_CONFLICT if this object already holds or waits for a lease of this step, if the step holds a
     * lease and asks for more than fits, or if the claim exceeds a limit and has no `timeout`.
     * @throws {StorageError} ERR_CANCELLED if the run's cancellation is requested, or the step is removed from the queue.
     * @throws {StorageError} ERR_TIMEOUT if the slots are not granted within `timeout`.
     */
    acquireSlots(claim: SlotClaim & AcquireOptions): Promise<SlotLease>
    /**
     * Acquires slots as `acquireSlots` does, calls `work`, and releases the slots when its promise settles.
     *
     * @returns the result of `work`; its error is passed on
     * @throws {StorageError} ERR_LEASE_LOST if the lease was lost during the work; the work's error is its cause.
     * @throws {StorageError} ERR_NOT_FOUND, ERR_CONFLICT, ERR_CANCELLED and ERR_TIMEOUT as `acquireSlots`.
     */
    withSlots<T>(claim: SlotClaim & AcquireOptions, work: (lease: SlotLease) => Promise<T>): Promise<T>
  }
  interface SlotLease {
    /**
     * Aborts when the lease is lost, with an ERR_LEASE_LOST error (ERR_CLOSED after `close`) as its reason: stop the work. A
     * lease that cannot be renewed is given up a fifth of its duration (at most 2 seconds) before it expires, so that code
     * which yields to the event loop stops before another step is granted the slots. Reading `signal` keeps the lease until
     * it is released or lost, even if only a signal derived from it is in use.
     */
    readonly signal: AbortSignal
  }
}

async function acquireSlots(this: Storage, claim: SlotClaim & AcquireOptions): Promise<SlotLease> {
  const acquired = async (abort: CallAbort): Promise<SlotLease> => watched(await acquire(this, claim, abort))
  // Granted and aborted at once: the slots are given back.
  return withSignal(claim, 'claim.signal', acquired, lease => lease.release())
}

async function withSlots<T>(
  this: Storage,
  claim: SlotClaim & AcquireOptions,
  work: (lease: SlotLease) => Promise<T>,
): Promise<T> {
  if (typeof work !== 'function') throw refusal('work', work, 'a function')
  const lease = await this.acquireSlots(claim)
  // Reading the signal keeps the lease, even if the work waits for something that nothing refers to.
  signalOfLease.call(lease)
  const [outcome] = await Promise.allSettled([(async () => work(lease))()])
  const failed = outcome.status === 'rejected'
  const lost = loss(lease, failed ? outcome.reason : undefined)
  // A failing release is no outcome of the work, and the slots are free when the lease ends.
  await lease.release().catch(() => {})
  if (lost) throw lost
  if (failed) throw outcome.reason
  return outcome.value
}

/** What the addon's callback for the loss of a lease refers to. */
interface Watch {
  reason?: Error
  controller?: AbortController
  /** Set once the signal was read. The addon keeps the callback until the lease ends, and so the lease. */
  lease?: SlotLease
}

/** On the addon's class, which all modules of its realms share: a module that is loaded again knows all leases. */
const WATCHES = Symbol.for('rivers-storage.watches')
const watches: WeakMap<SlotLease, Watch> = Reflect.get(SlotLease, WATCHES) ?? new WeakMap()
Reflect.defineProperty(SlotLease, WATCHES, { value: watches })

function watched(lease: SlotLease): SlotLease {
  const watch: Watch = {}
  watches.set(lease, watch)
  onLost(lease, reason => {
    watch.reason = reason
    watch.controller?.abort(reason)
  })
  return lease
}

function signalOfLease(this: SlotLease): AbortSignal | undefined {
  const watch = watches.get(this)
  if (watch && !watch.controller) {
    watch.lease = this
    watch.controller = new AbortController()
    if (watch.reason) watch.controller.abort(watch.reason)
  }
  return watch?.controller?.signal
}

// Methods of the addon's own realm stay: test runners load the package in realms that end before that one does.
if (!(Reflect.get(Storage.prototype, 'acquireSlots') instanceof Storage.constructor)) {
  // Named by keys, because minifiers rename functions.
  for (const [name, value] of Object.entries({ acquireSlots, withSlots })) {
    Object.defineProperty(Storage.prototype, name, { value, writable: true, configurable: true })
  }
  // A getter, since a lease whose signal nobody read may be collected.
  Object.defineProperty(SlotLease.prototype, 'signal', { get: signalOfLease, configurable: true })
}
