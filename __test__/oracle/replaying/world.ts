/**
 * What the placeholders of one replay stand for. `$idN` and `$tsN` are bound where they are first met: by what is
 * written, which makes values for them, or by what is read. From then on they are equal to that and nothing else.
 */
export class World {
  readonly #ids = new Map<string, string>()
  readonly #times = new Map<string, number>()
  readonly #written = new Set<number>()
  readonly #ranks = new Map<string, number>()
  readonly #stored = new Map<string, number>()
  readonly #start: number

  /** Times handed out ascend from `start` in the order given, a millisecond each; `lag` is how late the replay is. */
  constructor(
    timeOrder: readonly (string | readonly string[])[],
    start: number,
    readonly lag = () => 0,
  ) {
    this.#start = start
    for (const [rank, same] of timeOrder.entries()) for (const name of [same].flat()) this.#ranks.set(name, rank)
  }

  isBound(placeholder: string): boolean {
    return this.#ids.has(placeholder) || this.#times.has(placeholder)
  }

  /** Whether the value can be, and from now on is, what the placeholder stands for. */
  bind(placeholder: string, value: unknown): boolean {
    if (isTimePlaceholder(placeholder)) {
      const known = this.#times.get(placeholder)
      if (known !== undefined) return known === value
      if (typeof value !== 'number') return false
      // What was written has its name; only what the store told may still have none.
      if (this.#written.has(value) && this.time(placeholder) !== value) return false
      this.#times.set(placeholder, value)
      return true
    }
    const known = this.#ids.get(placeholder)
    if (known !== undefined) return known === value
    // Two names never mean one id.
    if (typeof value !== 'string' || [...this.#ids.values()].includes(value)) return false
    this.#ids.set(placeholder, value)
    return true
  }

  /** Notes that this id, or run, was stored after all noted before. */
  noteStored(id: string): void {
    if (!this.#stored.has(id)) this.#stored.set(id, this.#stored.size)
  }

  storedOrder(id: unknown): number | undefined {
    return this.#stored.get(String(id))
  }

  /** A time as a number, whether it is a placeholder or was written out. */
  time(time: unknown): number {
    if (typeof time !== 'string') return Number(time)
    const known = this.#times.get(time)
    if (known !== undefined) return known
    // Where the order was not recorded, it is that of the first appearance, which the numbers are.
    return this.#start + (this.#ranks.get(time) ?? Number(time.slice('$ts'.length)))
  }

  /** A value to write: what is bound to its placeholders, or made for them now. */
  fill(value: unknown): unknown {
    if (typeof value === 'string') return this.#fillText(value)
    if (Array.isArray(value)) return value.map(item => this.fill(item))
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.fill(field)]))
  }

  #fillText(text: string): unknown {
    if (isTimePlaceholder(text)) {
      const time = this.time(text)
      this.#times.set(text, time)
      this.#written.add(time)
      return time
    }
    return text.replace(/\$id\d+/g, placeholder => {
      if (!this.#ids.has(placeholder)) this.#ids.set(placeholder, `made-${placeholder.slice(1)}`)
      return this.#ids.get(placeholder)!
    })
  }
}

export const isPlaceholder = (value: unknown): value is string =>
  typeof value === 'string' && /^\$(id|ts)\d+$/.test(value)
export const isTimePlaceholder = (value: string): boolean => /^\$ts\d+$/.test(value)
