declare module '../binding.js' {
    interface Storage {
        /**
         * Waits until the slots are granted, and gives a lease that is renewed until it is released or lost.
         *
         * ERR_CANCELLED when the run's cancellation is or was requested, or the place in the queue removed; ERR_CONFLICT at
         * once when this object already holds or waits for a lease of this step, and for a request above a limit without a
         * timeout. An aborted wait rejects with the signal's own reason.
         */
        acquireSlots(claim: SlotClaim & AcquireOptions): Promise<SlotLease>;
        /**
         * Does `work` while it holds the slots, and passes on its result or error. ERR_LEASE_LOST, caused by the error of the
         * work, when the lease was lost meanwhile.
         */
        withSlots<T>(claim: SlotClaim & AcquireOptions, work: (lease: SlotLease) => Promise<T>): Promise<T>;
    }
    interface SlotLease {
        /**
         * Aborted, with a reason that says why, when the lease is lost: stop the work. A lease that could not be renewed is
         * given up a fifth of its duration (at most 2 s) before its end, so that code which lets the event loop turn hears it
         * before anybody else is granted the slots. Reading it keeps the lease until it is released or lost, also when
         * only a signal that was made of it is in use.
         */
        readonly signal: AbortSignal;
    }
}
export {};
