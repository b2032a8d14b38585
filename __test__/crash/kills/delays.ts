import type { Random } from '../../helpers/random.js'

/**
 * How long phases take, learned from those that were over before the kill came: so the kills spread over all of a phase,
 * on any machine.
 */
export class Delays {
  readonly #expected = new Map<string, number>()

  of(phase: string, random: Random): number {
    return random.next() * (this.#expected.get(phase) ?? 20)
  }

  /** The phase took this long. */
  learn(phase: string, ms: number): void {
    this.#expected.set(phase, ms)
  }

  /** The kill came in time: the phase may be longer than was thought. */
  inTime(phase: string): void {
    this.#expected.set(phase, (this.#expected.get(phase) ?? 20) * 1.15)
  }
}
