import { isDeepStrictEqual } from 'node:util'

export type Want = [pool: string, slots: number]

/** Who waits, in the order of priority, then of who asked first. */
export class Queue {
  #waiters: Waiter[] = []
  #arrivals = 0
  readonly #stepsAside: (waiter: Waiter) => boolean
  readonly #now: () => number

  /** Who steps aside keeps a place and is never the head. */
  constructor(stepsAside: (waiter: Waiter) => boolean, now: () => number) {
    this.#stepsAside = stepsAside
    this.#now = now
  }

  /** The place of a step that asks now: the one it has, or the last. */
  place(run: string, step: string, priority: number): Waiter {
    const known = this.#live().find(waiter => waiter.run === run && waiter.step === step)
    return {
      run,
      step,
      priority,
      since: known?.since ?? ++this.#arrivals,
      pools: [],
      until: 0,
      aside: false,
      overtaken: new Map(),
    }
  }

  /** Gives the rank in the queue of `pool`. */
  enter(place: Waiter, pools: Want[], until: number, pool: string): number {
    const known = this.#live().find(waiter => waiter.run === place.run && waiter.step === place.step)
    const waiter = { ...place, pools, until }
    waiter.aside = this.#stepsAside(waiter)
    // Who asks for the same again has been overtaken as often as before.
    if (known && isDeepStrictEqual(asked(known), asked(waiter))) waiter.overtaken = known.overtaken
    this.leave(place.run, place.step)
    this.#waiters.push(waiter)
    return this.of(pool).indexOf(waiter) + 1
  }

  leave(run: string, step?: string): void {
    this.#waiters = this.#waiters.filter(waiter => waiter.run !== run || (step !== undefined && waiter.step !== step))
  }

  of(pool: string): Waiter[] {
    return this.#live()
      .filter(waiter => waiter.pools.some(([name]) => name === pool))
      .toSorted(inTurn)
  }

  /** The first of the pool's queue who could ever be served, if that one is ahead of the place. */
  head(pool: string, place: Waiter): Waiter | undefined {
    const others = this.of(pool).filter(waiter => waiter.run !== place.run || waiter.step !== place.step)
    return others.find(waiter => !waiter.aside && inTurn(waiter, place) < 0)
  }

  /** After something changed that they wait for. */
  settle(): void {
    for (const waiter of this.#waiters) {
      const aside = this.#stepsAside(waiter)
      if (aside !== waiter.aside) waiter.overtaken = new Map()
      waiter.aside = aside
    }
  }

  #live = (): Waiter[] => this.#waiters.filter(waiter => waiter.until > this.#now())
}

export interface Waiter {
  run: string
  step: string
  priority: number
  since: number
  pools: Want[]
  /** When the place is lost, unless the step asks again. */
  until: number
  aside: boolean
  /** How often others overtook it while it was the head, by pool. */
  overtaken: Map<string, number>
}

const inTurn = (one: Waiter, other: Waiter): number => other.priority - one.priority || one.since - other.since
const asked = ({ priority, pools, aside }: Waiter): unknown[] => [priority, pools, aside]
