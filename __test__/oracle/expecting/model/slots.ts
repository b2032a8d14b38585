import type { Want } from './queue.js'

export interface Step {
  run: string
  step: string
}

export interface Slot extends Step {
  pool: string
  slots: number
  /** The number of the last claim that was granted it. */
  claim: number
  claimedAt: number
  until: number
}

/** Who holds how much of what, and until when. What has ended stays until somebody removes it. */
export class Slots {
  #slots: Slot[] = []
  #claims = 0
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  isLive = (slot: Slot): boolean => slot.until > this.#now()

  all = (): readonly Slot[] => this.#slots

  of = ({ run, step }: Step): Slot[] => this.#slots.filter(slot => slot.run === run && slot.step === step)

  /** The live ones of a pool, in the order of their claims. */
  liveIn(pool: string): Slot[] {
    const live = this.#slots.filter(slot => slot.pool === pool && this.isLive(slot))
    return live.toSorted((one, other) => one.claim - other.claim)
  }

  used(pool: string): number {
    return sum(this.liveIn(pool))
  }

  held(pool: string, step: Step): number {
    return sum(this.of(step).filter(slot => slot.pool === pool && this.isLive(slot)))
  }

  grant({ run, step }: Step, wants: readonly Want[], span: number): void {
    const granted = { claim: ++this.#claims, claimedAt: this.#now(), until: this.#now() + span }
    for (const [pool, slots] of wants) {
      const held = this.of({ run, step }).find(slot => slot.pool === pool)
      if (held) Object.assign(held, granted, { slots })
      else this.#slots.push({ pool, run, step, slots, ...granted })
    }
    // One lease over all pools of the step.
    for (const slot of this.of({ run, step }).filter(this.isLive)) Object.assign(slot, granted)
  }

  /** Gives how many. */
  remove(slots: readonly Slot[]): number {
    const gone = new Set(slots)
    this.#slots = this.#slots.filter(slot => !gone.has(slot))
    return gone.size
  }
}

const sum = (slots: readonly Slot[]): number => slots.reduce((total, slot) => total + slot.slots, 0)
