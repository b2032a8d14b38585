// One process of a run: calls of all kinds through the proxies, until a message asks for the end. Each proxied storage has a witness, which has
// a connection of its own to the server and sees what became of a call that failed.
import { isStorageError, Storage, type SlotClaim } from 'rivers-storage'
import { Random } from '../helpers/random.js'
import { keptPool, look, now, POOLS, type Hold, type Marker, type Report, type WorkerOptions } from './records.js'

const LEASE_MS = 5000
const KEPT_MS = 3_600_000
const ALLOWED = new Set(['ERR_TIMEOUT', 'ERR_UNAVAILABLE', 'ERR_LEASE_LOST'])

const reports: Report[] = []
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** How late the event loop was, all told. */
class Lateness {
  #total = 0
  #last = now()

  constructor() {
    setInterval(() => (this.#total = this.total()), 20)
  }

  total(): number {
    const late = Math.max(0, now() - this.#last - 25)
    this.#last = now()
    return (this.#total += late)
  }
}

const lateness = new Lateness()

interface Step {
  runId: string
  stepKey: string
}

const isStep =
  (step: Step) =>
  (other: Step): boolean =>
    step.runId === other.runId && step.stepKey === other.stepKey

interface Done<T> {
  /** Null after an error. */
  result: { value: T } | null
  start: number
}

class Load {
  readonly #random: Random
  readonly #id: number
  readonly #storage: Storage
  readonly #witness: Storage
  readonly #timeoutMs: number
  #last = 0

  constructor(options: { seed: number; id: number; storage: Storage; witness: Storage; timeoutMs: number }) {
    this.#random = new Random(options.seed)
    this.#id = options.id
    this.#storage = options.storage
    this.#witness = options.witness
    this.#timeoutMs = options.timeoutMs
  }

  /** Goes on until the end is asked for; then finishes the calls under way. */
  async run(isOver: () => boolean): Promise<void> {
    const loops = [this.#counter, this.#marker, this.#events, this.#claim, this.#acquire, this.#keep, this.#list]
    const repeat = async (loop: () => Promise<void>): Promise<void> => {
      while (!isOver()) {
        await loop.call(this)
        await sleep(this.#random.below(60))
      }
    }
    const running = loops.map(loop => repeat(loop).catch(error => this.#wrong('unexpected', `a loop ended: ${error}`)))
    await Promise.all(running)
  }

  async #call<T>(name: string, call: () => Promise<T>, deadlineMs = this.#timeoutMs): Promise<Done<T>> {
    const [start, lateBefore] = [now(), lateness.total()]
    let result: { value: T } | null = null
    let error: string | null = null
    try {
      result = { value: await call() }
    } catch (failure) {
      error = isStorageError(failure) ? failure.code : String(failure)
      if (!ALLOWED.has(error)) this.#wrong('unexpected', `${name}: ${error}: ${failure}`)
    }
    const end = now()
    const over = end - start - (lateness.total() - lateBefore) - deadlineMs
    reports.push({ kind: 'call', storage: this.#id, name, start, end, over, error })
    return { result, start }
  }

  #wrong(what: 'lost' | 'after an error' | 'unexpected', text: string): void {
    reports.push({ kind: 'wrong', at: now(), what, text: `storage ${this.#id}: ${text}` })
  }

  /** Reports what a call made of its marker. */
  async #changed(marker: Marker, done: Done<unknown>, acknowledged?: string): Promise<string> {
    const isKnown = done.result !== null && acknowledged !== undefined
    const state = isKnown ? acknowledged : await look(this.#witness, marker)
    reports.push({ kind: 'change', at: done.start, marker, state, isAcknowledged: done.result !== null })
    return state
  }

  #name(): string {
    return `${this.#id}-${++this.#last}`
  }

  /** Writes the same key again and again: a request of before that arrives late would set it back. */
  #counted = { value: 'none', isAcknowledged: true }
  async #counter(): Promise<void> {
    const marker: Marker = { kind: 'kv', key: `counter-${this.#id}` }
    const before = await look(this.#witness, marker)
    if (before !== this.#counted.value) {
      const what = this.#counted.isAcknowledged ? 'lost' : 'after an error'
      this.#wrong(what, `counter: ${this.#counted.value} became ${before}`)
    }
    const value = this.#name()
    const done = await this.#call('kvSet', () => this.#storage.kvSet(marker.key, Buffer.from(value)))
    this.#counted = { value: await this.#changed(marker, done, value), isAcknowledged: done.result !== null }
    const read = await this.#call('kvGet', () => this.#storage.kvGet(marker.key))
    if (read.result && String(read.result.value ?? 'none') !== this.#counted.value) {
      this.#wrong('lost', `counter: ${this.#counted.value} is read as ${read.result.value}`)
    }
  }

  async #marker(): Promise<void> {
    const marker: Marker = { kind: 'kv', key: `marker-${this.#name()}` }
    const done = await this.#call('kvSet', () => this.#storage.kvSet(marker.key, Buffer.from('set')))
    await this.#changed(marker, done, 'set')
  }

  async #events(): Promise<void> {
    const runId = `run-${this.#name()}`
    const events = Array.from({ length: 1 + this.#random.below(20) }, (_, i) => ({
      id: `${runId}-${i}`,
      runId,
      eventType: 'Observation' as const,
      assetKey: `asset-${this.#random.below(5)}`,
    }))
    const done = await this.#call('storeEvents', () => this.#storage.storeEvents(events))
    const state = await this.#changed({ kind: 'events', runId }, done, String(events.length))
    if (state !== '0' && state !== String(events.length)) this.#wrong('lost', `${state} of ${events.length} events`)
  }

  #pools(): Record<string, number> {
    const first = this.#random.of(Object.keys(POOLS))
    const second = this.#random.of(Object.keys(POOLS))
    return this.#random.next() < 0.3 ? { [first]: 1, [second]: 1 } : { [first]: 1 + this.#random.below(POOLS[first]!) }
  }

  async #claim(): Promise<void> {
    const step = { runId: `claims-${this.#id}`, stepKey: this.#name() }
    const claim: SlotClaim = { ...step, pools: this.#pools(), leaseDuration: LEASE_MS, waitTtl: 2000 }
    const [wall, mono] = [Date.now(), now()]
    for (let tries = 0; tries < 4; tries++) {
      const { result, start } = await this.#call('claimConcurrencySlots', () =>
        this.#storage.claimConcurrencySlots(claim),
      )
      if (!result) return this.#failed(step, claim.pools as Record<string, number>)
      if (!result.value.isClaimed) {
        await sleep(this.#random.below(100))
        continue
      }
      const { token, leaseExpiresAt } = result.value
      const hold: Hold = { kind: 'hold', pools: claim.pools as Hold['pools'], token, asked: start, from: now(), to: 0 }
      await sleep(this.#random.below(150))
      let expiry = leaseExpiresAt - wall + mono
      if (this.#random.next() < 0.4) {
        const renewal = { token, leaseDuration: LEASE_MS }
        const renewed = await this.#call('renewSlotLease', () =>
          this.#storage.renewSlotLease(step.runId, step.stepKey, renewal),
        )
        if (renewed.result && renewed.result.value > 0) expiry = renewed.start + LEASE_MS
        await sleep(this.#random.below(50))
      }
      reports.push({ ...hold, to: Math.min(now(), expiry) })
      await this.#call('freeConcurrencySlots', () =>
        this.#storage.freeConcurrencySlots(step.runId, step.stepKey, { token }),
      )
      return
    }
    // Leaves the queue.
    await this.#call('freeConcurrencySlots', () => this.#storage.freeConcurrencySlots(step.runId, step.stepKey))
  }

  /** A step whose claim failed, and which is neither granted nor in a queue, will never be. */
  async #failed(step: Step, pools: Record<string, number>): Promise<void> {
    const looks = Object.keys(pools).flatMap(pool => [
      this.#witness.getPoolSlotHolders(pool),
      this.#witness.getPoolWaiters(pool),
    ])
    const seen = (await Promise.all(looks)).flat().some(isStep(step))
    if (!seen) reports.push({ kind: 'absent', at: now(), ...step })
  }

  async #acquire(): Promise<void> {
    const pools = this.#pools()
    const step = { runId: `waits-${this.#id}`, stepKey: this.#name() }
    const timeout = 200 + this.#random.below(this.#timeoutMs)
    const renew = this.#random.next() < 0.5
    const wait = { ...step, pools, timeout, leaseDuration: LEASE_MS, renew }
    const done = await this.#call('acquireSlots', () => this.#storage.acquireSlots(wait), timeout)
    if (!done.result) return this.#failed(step, pools)
    const lease = done.result.value
    const from = now()
    let to = from
    // Some are held until they are lost: a lease that is not renewed, or cannot be.
    const end = from + (this.#random.next() < 0.1 ? 2 * LEASE_MS : this.#random.below(300))
    while (now() < end) {
      const at = now()
      if (!lease.live) break
      to = at
      await sleep(10)
    }
    reports.push({ kind: 'hold', pools, token: lease.token, asked: done.start, from, to })
    await this.#call('release', () => lease.release())
  }

  /** Frees or renews a lease that lasts longer than the run: a free or a renewal that arrives late would be seen. */
  async #keep(): Promise<void> {
    const step = { runId: `kept-${this.#id}`, stepKey: this.#name() }
    const pool = keptPool(this.#id)
    const marker: Marker = { kind: 'lease', pool, ...step }
    const { token } = await this.#witness.claimConcurrencySlots({ ...step, pools: pool, leaseDuration: KEPT_MS })
    if (token === null) throw new Error('a pool without limit is full')
    if (this.#random.next() < 0.5) {
      const done = await this.#call('freeConcurrencySlots', () =>
        this.#storage.freeConcurrencySlots(step.runId, step.stepKey, { token }),
      )
      await this.#changed(marker, done, 'free')
    } else {
      const renewal = { token, leaseDuration: 2 * KEPT_MS }
      const done = await this.#call('renewSlotLease', () =>
        this.#storage.renewSlotLease(step.runId, step.stepKey, renewal),
      )
      await this.#changed(marker, done)
    }
    await sleep(400)
  }

  async #list(): Promise<void> {
    const name = this.#random.of(['kvKeys', 'getPoolSlotHolders', 'getAllPoolInfos', 'getEventsForAsset'] as const)
    await this.#call<unknown>(name, () => {
      switch (name) {
        case 'kvKeys':
          return this.#storage.kvKeys({ prefix: 'counter-' })
        case 'getPoolSlotHolders':
          return this.#storage.getPoolSlotHolders('three')
        case 'getAllPoolInfos':
          return this.#storage.getAllPoolInfos()
        case 'getEventsForAsset':
          return this.#storage.getEventsForAsset('asset-1', { limit: 20 })
      }
    })
    await sleep(50)
  }
}

async function main({ seed, server, database, first, proxies, timeoutMs }: WorkerOptions): Promise<void> {
  let isOver = false
  process.once('message', () => (isOver = true))
  setInterval(() => process.send!(reports.splice(0)), 100)
  const loads: Load[] = []
  for (const [i, endpoint] of proxies.entries()) {
    const storage = await Storage.connect(endpoint, { database, timeout: timeoutMs })
    const witness = await Storage.connect(server, { database })
    loads.push(new Load({ seed: seed + first + i, id: first + i, storage, witness, timeoutMs }))
  }
  await Promise.all(loads.map(load => load.run(() => isOver)))
  process.send!(reports.splice(0), () => process.exit())
}

process.once('message', options => void main(options as WorkerOptions))
// The run has ended, or was killed.
process.once('disconnect', () => process.exit())
