import { dirname } from 'node:path'
import type { SimulatedFile } from './file.js'
import type { Change } from './trace.js'

export type Node = SimulatedFile | 'folder'
export type EntryChange = Extract<Change, { path: string }> & { node?: Node }

/** Changes of entries reach the disk in their order, within the journal that they belong to. */
interface Journal {
  changes: { at: number; change: EntryChange }[]
  durable: number
}

/** The entries of all folders, and which of their changes are durable. Folders are made, but not renamed. */
export class Entries {
  readonly #now = new Map<string, Node>()
  readonly #journals = new Map<string, Journal>()
  /** By file or folder: the last change that named it, as its number in its journal. */
  readonly #lastNaming = new Map<Node | string, number>()
  #count = 0

  constructor(private readonly oneJournal: boolean) {}

  change(change: EntryChange): void {
    const journal = this.#journalOf(dirname(change.path))
    const number = journal.changes.push({ at: this.#count++, change })
    const named = 'to' in change ? [change.path, change.to] : [change.path]
    const nodes = named.map(path => this.#now.get(path))
    enter(this.#now, change)
    nodes.push(...named.map(path => this.#now.get(path)))
    for (const node of nodes) if (node && node !== 'folder') this.#lastNaming.set(node, number)
    for (const path of named) this.#lastNaming.set(dirname(path), number)
  }

  syncFile(file: SimulatedFile): void {
    if (this.oneJournal) this.#keep('', file)
  }

  syncFolder(path: string): void {
    this.#keep(path, path)
  }

  now(): ReadonlyMap<string, Node> {
    return this.#now
  }

  /** What is left, with so many of the changes of each journal that are not durable; folders before what is in them. */
  remains(keptOf: (pending: number) => number): Map<string, Node> {
    const kept = [...this.#journals.values()].flatMap(({ changes, durable }) =>
      changes.slice(0, durable + keptOf(changes.length - durable)),
    )
    const entries = new Map<string, Node>()
    for (const { change } of kept.toSorted((a, b) => a.at - b.at)) enter(entries, change)
    const isThere = (path: string): boolean =>
      path === '.' || (entries.get(path) === 'folder' && isThere(dirname(path)))
    return new Map([...entries].filter(([path]) => isThere(dirname(path))))
  }

  #keep(folder: string, what: Node | string): void {
    const journal = this.#journalOf(folder)
    journal.durable = Math.max(journal.durable, this.#lastNaming.get(what) ?? 0)
  }

  #journalOf(folder: string): Journal {
    const key = this.oneJournal ? '' : folder
    const journal = this.#journals.get(key) ?? { changes: [], durable: 0 }
    this.#journals.set(key, journal)
    return journal
  }
}

function enter(entries: Map<string, Node>, change: EntryChange): void {
  switch (change.kind) {
    case 'create':
    case 'mkdir':
      entries.set(change.path, change.node!)
      return
    case 'unlink':
    case 'rmdir':
      entries.delete(change.path)
      return
    case 'link':
    case 'rename': {
      const node = entries.get(change.path)
      if (node) entries.set(change.to, node)
      if (change.kind === 'rename') entries.delete(change.path)
      return
    }
  }
}
