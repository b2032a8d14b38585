// How well the slots of the pools were used: the time in which they did work, of the time in which they could have.

export class Utilisation {
  #busy = new Map<string, number>()
  #first: number | undefined
  #last = 0

  constructor(readonly pools: Record<string, number>) {}

  /** Counts the slots as busy until it is disposed of. */
  busy(slots: [pool: string, slots: number][]): Disposable {
    const start = performance.now()
    this.#first ??= start
    return { [Symbol.dispose]: () => this.#end(slots, start) }
  }

  #end(slots: [pool: string, slots: number][], start: number): void {
    this.#last = performance.now()
    for (const [pool, count] of slots) {
      this.#busy.set(pool, (this.#busy.get(pool) ?? 0) + count * (this.#last - start))
    }
  }

  print(): void {
    if (this.#first === undefined) return
    const elapsed = this.#last - this.#first
    const used = Object.entries(this.pools).map(([pool, limit]) => {
      const part = (this.#busy.get(pool) ?? 0) / (limit * elapsed)
      return `${pool} ${(100 * part).toFixed(1)} %`
    })
    console.log(`\nPool utilisation in ${elapsed.toFixed(0)} ms: ${used.join(', ')}`)
  }
}
