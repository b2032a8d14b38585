import { byCodePoint } from '../../translating/answers.js'
import { Refusal } from '../../translating/errors.js'
import type { Rules } from './model.js'
import { Queue, type Waiter, type Want } from './queue.js'
import { Slots, type Slot, type Step } from './slots.js'
import { decide, fits, type Verdict } from './turns.js'

const DEFAULT_LEASE = 300_000
const WAIT_TTL = 15_000
const MOST = 2 ** 31 - 1

export interface Claim extends Step {
  pools: Want[]
  priority?: number | undefined
  /** Milliseconds. */
  lease?: number | undefined
}

/** A pool of a claim, as the claim finds it. */
interface Weighed {
  pool: string
  slots: number
  /** By others. */
  claimed: number
  limit: number
  verdict: Verdict
  head: Waiter | undefined
}

/** Pools, leases and queues of one code location. Each rule makes a difference at the one place that names it. */
export class Pools {
  readonly #rules: Rules
  readonly #pools = new Map<string, { limit: number; lease: number }>()
  readonly #slots = new Slots(() => this.now)
  readonly #queue: Queue
  now = 0

  constructor(rules: Rules) {
    this.#rules = rules
    this.#queue = new Queue(
      waiter => this.#slots.of(waiter).length > 0 || !this.#isSatisfiable(waiter),
      () => this.now,
    )
  }

  setLimit(pool: string, limit: number, lease = DEFAULT_LEASE): void {
    this.#pools.set(pool, { limit, lease })
    this.#queue.settle()
  }

  claim({ run, step, pools, priority = 0, lease }: Claim): unknown {
    // D8: there, the last weight of a pool named twice counts.
    const wants = this.#rules.has('D8') ? added(pools) : pools
    if (this.#rules.has('D9') && [...pools, ...wants].some(([, slots]) => slots < 1 || slots > MOST)) {
      return new Refusal('ERR_INVALID_ARG')
    }
    const unknown = wants.find(([pool]) => !this.#pools.has(pool))
    if (unknown) return new Refusal('ERR_NOT_FOUND', unknown[0])
    this.#sweepFor({ run, step }, wants)

    // D7: there, a pool without a limit is not looked at.
    const counted = wants.filter(([pool]) => this.#rules.has('D7') || this.#pool(pool).limit >= 0)
    const me = this.#queue.place(run, step, priority)
    const weighed = counted.map(want => this.#weigh(want, me))
    // D9: there, that is a small number until it is looked at again, for five seconds.
    if (weighed.some(({ claimed, slots }) => claimed + slots >= 2 ** 32)) {
      this.now += 5000
      return new Refusal('ERR_INVALID_ARG')
    }
    const blocking = weighed.filter(({ verdict }) => verdict === 'full' || verdict === 'reserved')
    if (blocking.length > 0) return this.#wait(me, wants, blocking)
    for (const { verdict, pool, head } of weighed) {
      if (verdict === 'overtakes') head!.overtaken.set(pool, (head!.overtaken.get(pool) ?? 0) + 1)
    }
    if (counted.length > 0) {
      this.#queue.leave(run, step)
      this.#slots.grant(me, counted, this.#span(lease, wants))
    }
    return { status: 'claimed', is_claimed: true, position: 0, reason: null }
  }

  renew(run: string, step: string, lease?: number): number {
    // D6: there, what has expired lives again.
    const slots = this.#slots.of({ run, step }).filter(slot => !this.#rules.has('D6') || this.#slots.isLive(slot))
    const held = slots.map(({ pool, slots }): Want => [pool, slots])
    for (const slot of slots) slot.until = this.now + this.#span(lease, held)
    return slots.length
  }

  free(run: string, step?: string): void {
    const theirs = (slot: Slot): boolean => slot.run === run && (step === undefined || slot.step === step)
    this.#remove(this.#slots.all().filter(theirs))
    this.#queue.leave(run, step)
  }

  leaveQueues(run: string): void {
    this.#queue.leave(run)
  }

  freeExpired(): number {
    return this.#remove(this.#slots.all().filter(slot => !this.#slots.isLive(slot)))
  }

  infos(): { pool_key: string }[] {
    const infos = [...this.#pools].map(([pool_key, { limit }]) => ({
      pool_key,
      slot_limit: limit,
      claimed_count: this.#slots.used(pool_key),
      pending_count: this.#queue.of(pool_key).length,
    }))
    return infos.toSorted((one, other) => byCodePoint(one.pool_key, other.pool_key))
  }

  holders(pool: string): unknown[] {
    return this.#slots.liveIn(pool).map(({ run, step, slots, claimedAt, until }) => ({
      run_id: run,
      step_key: step,
      slots_consumed: slots,
      lease_minus_claimed_secs_floor: Math.floor((until - claimedAt) / 1000),
      lease_remaining_secs_ceil: Math.ceil((until - this.now) / 1000),
    }))
  }

  #weigh([pool, slots]: Want, me: Waiter): Weighed {
    const { limit } = this.#pool(pool)
    const held = this.#slots.held(pool, me)
    const claimed = this.#slots.used(pool) - held
    // D4: there, nothing is kept for anybody.
    const head = this.#rules.has('D4') && slots > held ? this.#queue.head(pool, me) : undefined
    const first = head && {
      wanted: head.pools.find(([name]) => name === pool)![1],
      fits: this.#fitsNow(head),
      overtaken: head.overtaken.get(pool) ?? 0,
    }
    return {
      pool,
      slots,
      claimed,
      limit,
      verdict: decide({ limit, others: claimed, held, wanted: slots, head: first }),
      head,
    }
  }

  #fitsNow({ pools }: Waiter): boolean {
    for (const [pool] of pools) this.#sweep(pool)
    return pools.every(([pool, slots]) => fits(this.#pool(pool).limit, this.#slots.used(pool), slots))
  }

  #wait(me: Waiter, wants: Want[], blocking: Weighed[]): unknown {
    const told = blocking.map(({ pool, claimed, limit }) => ({ pool_key: pool, claimed, limit }))
    const first = told[0]!
    // D5: there, a waiter counts in one pool, and for ever.
    const [pools, until] = this.#rules.has('D5')
      ? [wants, this.now + WAIT_TTL]
      : [wants.filter(([pool]) => pool === first.pool_key), Infinity]
    const rank = this.#queue.enter(me, pools, until, first.pool_key)
    // D3: there, how many wait.
    const position = this.#rules.has('D3') ? rank : this.#queue.of(first.pool_key).length
    const several = told.length > 1
    const reason = { ...first, kind: several ? 'pools_full' : 'pool_full', pools: several ? told : [] }
    return { status: 'pending', is_claimed: false, position, reason }
  }

  #span(lease: number | undefined, wants: Want[]): number {
    // D10: there, five minutes whatever the pools say. D2: there, whole seconds.
    const shortest = Math.min(...wants.map(([pool]) => this.#pool(pool).lease))
    const span = lease ?? (this.#rules.has('D10') ? shortest : DEFAULT_LEASE)
    return this.#rules.has('D2') ? span : Math.floor(span / 1000) * 1000
  }

  /** Before a claim, what has ended in its pools and of its step is removed. */
  #sweepFor(step: Step, wants: Want[]): void {
    for (const [pool] of wants) this.#sweep(pool)
    if (this.#rules.has('D11')) this.#remove(this.#slots.of(step).filter(slot => !this.#slots.isLive(slot)))
  }

  #sweep(pool: string): void {
    // D11: there, it stays until it is collected.
    if (!this.#rules.has('D11')) return
    // Also of the steps that wait for the pool: with their lease, their place in its queue has to be found anew.
    const waits = (step: Step): boolean =>
      this.#queue.of(pool).some(waiter => waiter.run === step.run && waiter.step === step.step)
    const ended = this.#slots.all().filter(slot => !this.#slots.isLive(slot) && (slot.pool === pool || waits(slot)))
    this.#remove(ended.flatMap(this.#slots.of))
  }

  #remove(slots: readonly Slot[]): number {
    const count = this.#slots.remove(slots)
    this.#queue.settle()
    return count
  }

  #pool = (pool: string): { limit: number; lease: number } => this.#pools.get(pool)!
  #isSatisfiable = ({ pools }: Waiter): boolean =>
    pools.every(([pool, slots]) => fits(this.#pool(pool).limit, 0, slots))
}

function added(pools: Want[]): Want[] {
  const sums = new Map<string, number>()
  for (const [pool, slots] of pools) sums.set(pool, (sums.get(pool) ?? 0) + slots)
  return [...sums]
}
