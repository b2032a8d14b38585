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
        acquireSlots(claim: SlotClaim & AcquireOptions): Promise<SlotLease>;
        /**
         * Acquires slots as `acquireSlots` does, calls `work`, and releases the slots when its promise settles.
         *
         * @returns the result of `work`; its error is passed on
         * @throws {StorageError} ERR_LEASE_LOST if the lease was lost during the work; the work's error is its cause.
         * @throws {StorageError} ERR_NOT_FOUND, ERR_CONFLICT, ERR_CANCELLED and ERR_TIMEOUT as `acquireSlots`.
         */
        withSlots<T>(claim: SlotClaim & AcquireOptions, work: (lease: SlotLease) => Promise<T>): Promise<T>;
    }
    interface SlotLease {
        /**
         * Aborts when the lease is lost, with an ERR_LEASE_LOST error (ERR_CLOSED after `close`) as its reason: stop the work. A
         * lease that cannot be renewed is given up a fifth of its duration (at most 2 seconds) before it expires, so that code
         * which yields to the event loop stops before another step is granted the slots. Reading `signal` keeps the lease until
         * it is released or lost, even if only a signal derived from it is in use.
         */
        readonly signal: AbortSignal;
    }
}
export {};
