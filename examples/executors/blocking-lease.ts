// A lease for blocking code: claimed by asking again, and renewed by the work that holds it.
import { performance } from 'node:perf_hooks'
import type { LeaseRef, SlotClaim, Storage } from 'rivers-storage'
import { LEASE_MS } from '../plan.js'
import { StepInterrupted } from '../retry.js'

/** The place in the queue outlives some missed polls, and is soon gone after a kill. */
const POLL_MS = 50
const WAIT_TTL_MS = 1000

/** The clock of blocking code. Tests replace it by a manual one. */
export interface BlockingTime {
  now(): number
  block(ms: number): void
}

export const systemTime: BlockingTime = {
  now: () => performance.now(),
  block: ms => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
}

export class BlockingLease implements Disposable {
  readonly #started: number
  #renewed: number

  private constructor(
    readonly ref: LeaseRef,
    readonly storage: Storage,
    readonly time: BlockingTime,
    readonly timeout: number,
  ) {
    this.#started = time.now()
    this.#renewed = this.#started
  }

  /** Blocks until the slots are granted. Throws if the run's cancellation is requested or a pool is too small. */
  static claim(storage: Storage, claim: SlotClaim, time: BlockingTime, timeout: number): BlockingLease {
    for (;;) {
      requireUncancelled(storage, claim.runId)
      const { token, reason } = storage.claimConcurrencySlotsSync({ ...claim, waitTtl: WAIT_TTL_MS })
      // A pending claim has no token. Repeating it keeps its place in the queue.
      if (token !== null)
        return new BlockingLease({ runId: claim.runId, stepKey: claim.stepKey, token }, storage, time, timeout)
      if (reason?.unsatisfiable) throw new Error(`pool ${reason.poolKey} has only ${reason.limit} slots`)
      time.block(POLL_MS)
    }
  }

  /** To be called between parts of the work: renews when a third of the lease is over, and throws when the work has to end. */
  keep(): void {
    requireUncancelled(this.storage, this.ref.runId)
    const now = this.time.now()
    if (now - this.#started > this.timeout) throw new Error(`the step took longer than ${this.timeout} ms`)
    if (now - this.#renewed >= LEASE_MS / 3) this.renew()
  }

  /** Throws if the lease is over: an expired lease is never revived. */
  renew(): void {
    const { runId, stepKey, token } = this.ref
    if (this.storage.renewSlotLeaseSync(runId, stepKey, { token }) === 0)
      throw new StepInterrupted('the lease was lost')
    this.#renewed = this.time.now()
  }

  /** Blocks that long, and keeps the lease. */
  wait(ms: number): void {
    const end = this.time.now() + ms
    for (let left = ms; left > 0; left = end - this.time.now()) {
      this.time.block(Math.min(left, POLL_MS))
      this.keep()
    }
  }

  [Symbol.dispose](): void {
    const { runId, stepKey, token } = this.ref
    this.storage.freeConcurrencySlotsSync(runId, stepKey, { token })
  }
}

function requireUncancelled(storage: Storage, runId: string): void {
  if (storage.isCancelledSync(runId)) throw new Error('the run was cancelled')
}
