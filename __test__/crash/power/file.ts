const PAGE = 4096

/** Decides what reached the disk since a file's last sync: each written page, and the changes of its size. */
export interface Fate {
  keepsPage(): boolean
  keepsSize(): boolean
}

const ALL: Fate = { keepsPage: () => true, keepsSize: () => true }

/** A file: what its last sync made durable, and the pages that were written since. */
export class SimulatedFile {
  /** Grows by doubling. What lies behind `#durableSize` is zero. */
  #durable = Buffer.alloc(PAGE)
  #durableSize = 0
  #written = new Map<number, Buffer>()
  #size = 0
  /** The smallest size since the last sync: from here on, nothing of the durable content shows any more. */
  #cut = 0

  write(at: number, data: Buffer): void {
    for (let done = 0; done < data.length;) {
      const page = Math.floor((at + done) / PAGE)
      const offset = at + done - page * PAGE
      const length = Math.min(PAGE - offset, data.length - done)
      data.copy(this.#writable(page), offset, done, done + length)
      done += length
    }
    this.#size = Math.max(this.#size, at + data.length)
  }

  resize(size: number): void {
    for (const [page, content] of this.#written) {
      if (page * PAGE >= size) this.#written.delete(page)
      else if ((page + 1) * PAGE > size) content.fill(0, size - page * PAGE)
    }
    this.#cut = Math.min(this.#cut, size)
    this.#size = size
  }

  sync(): void {
    this.#durable.fill(0, this.#cut, Math.max(this.#cut, this.#durableSize))
    while (this.#durable.length < this.#size)
      this.#durable = Buffer.concat([this.#durable, Buffer.alloc(this.#durable.length)])
    for (const [page, content] of this.#written) content.copy(this.#durable, page * PAGE)
    this.#written.clear()
    this.#durableSize = this.#size
    this.#cut = this.#size
  }

  /** What is found after the power was lost. */
  remains(fate: Fate): Buffer {
    const keepsSize = fate.keepsSize()
    const size = keepsSize ? this.#size : this.#durableSize
    const cut = keepsSize ? this.#cut : this.#durableSize
    const result = Buffer.alloc(size)
    this.#durable.copy(result, 0, 0, Math.min(cut, size))
    // A file system puts what is written after a cut on other blocks, which belong to the file only once it was cut.
    if (!keepsSize && this.#cut < this.#durableSize) return result
    for (const [page, content] of this.#written) {
      if (page * PAGE < size && fate.keepsPage())
        content.copy(result, page * PAGE, 0, Math.min(PAGE, size - page * PAGE))
    }
    return result
  }

  content(): Buffer {
    return this.remains(ALL)
  }

  #writable(page: number): Buffer {
    let content = this.#written.get(page)
    if (!content) {
      content = Buffer.alloc(PAGE)
      const end = Math.min(this.#cut, (page + 1) * PAGE)
      if (page * PAGE < end) this.#durable.copy(content, 0, page * PAGE, end)
      this.#written.set(page, content)
    }
    return content
  }
}
