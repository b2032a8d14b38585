import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SimulatedFile, type Fate } from './file.js'
import type { Change } from './trace.js'

type Node = SimulatedFile | 'folder'
type TreeChange = Extract<Change, { path: string }> & { node?: Node }

/**
 * Files and folders as the changes of a trace leave them. Changes of the tree reach the disk in their order, as a
 * journaling file system writes them; a sync of a file or a folder makes those durable that name it, and so all before.
 */
export class Disk {
  readonly #byInode = new Map<bigint, Node>()
  readonly #folders = new Map<bigint, string>()
  readonly #tree: TreeChange[] = []
  /** The entries now, to tell which change names which file. */
  readonly #entries: Map<string, Node>
  /** So many changes of the tree are durable. */
  #durable = 0
  readonly #lastNaming = new Map<Node | string, number>()

  /** Without `syncsCount`, syncs are forgotten: a deliberate mistake. */
  constructor(private readonly syncsCount = true) {
    this.#entries = new Map()
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'write':
        return this.#file(change.inode).write(change.at, change.data)
      case 'size':
        return this.#file(change.inode).resize(change.size)
      case 'sync':
        return this.#sync(change.inode)
      case 'mark':
        return
      case 'create':
      case 'mkdir': {
        const node = change.kind === 'create' ? new SimulatedFile() : 'folder'
        this.#byInode.set(change.inode, node)
        if (node === 'folder') this.#folders.set(change.inode, change.path)
        return this.#change({ ...change, node })
      }
      default:
        return this.#change(change)
    }
  }

  /** Writes what is left below `folder` after the power was lost, with so many of the changes that are not durable. */
  writeTo(folder: string, fate: Fate & { keptOf(pending: number): number }): void {
    const entries = new Map<string, Node>()
    const count = this.#durable + fate.keptOf(this.#tree.length - this.#durable)
    for (const change of this.#tree.slice(0, count)) enter(entries, change)
    write(folder, entries, file => file.remains(fate))
  }

  /** All files as the traced process saw them, by path. */
  now(): Map<string, Buffer> {
    const files = [...this.#entries].filter((entry): entry is [string, SimulatedFile] => entry[1] !== 'folder')
    return new Map(files.map(([path, file]) => [path, file.content()]))
  }

  #change(change: TreeChange): void {
    this.#tree.push(change)
    const count = this.#tree.length
    const named = 'to' in change ? [change.path, change.to] : [change.path]
    for (const path of named) {
      this.#lastNaming.set(dirname(path), count)
      const before = this.#entries.get(path)
      if (before instanceof SimulatedFile) this.#lastNaming.set(before, count)
    }
    enter(this.#entries, change)
    const after = this.#entries.get(named.at(-1)!)
    if (after instanceof SimulatedFile) this.#lastNaming.set(after, count)
    if (after === 'folder') this.#lastNaming.set(change.path, Math.max(count, this.#lastNaming.get(change.path) ?? 0))
  }

  #sync(inode: bigint): void {
    if (!this.syncsCount) return
    const node = this.#byInode.get(inode)
    if (node instanceof SimulatedFile) node.sync()
    // Of the traced folder itself there is no record: its path is '.', as `dirname` gives it.
    const key = node instanceof SimulatedFile ? node : (this.#folders.get(inode) ?? '.')
    this.#durable = Math.max(this.#durable, this.#lastNaming.get(key) ?? 0)
  }

  #file(inode: bigint): SimulatedFile {
    const node = this.#byInode.get(inode)
    if (!(node instanceof SimulatedFile)) throw new Error(`the trace changes a file that it did not create: ${inode}`)
    return node
  }
}

function enter(entries: Map<string, Node>, change: TreeChange): void {
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
      entries.set(change.to, entries.get(change.path)!)
      return
    case 'rename':
      // Folders are not renamed with what is in them: nothing here does that.
      entries.set(change.to, entries.get(change.path)!)
      entries.delete(change.path)
      return
  }
}

function write(folder: string, entries: ReadonlyMap<string, Node>, content: (file: SimulatedFile) => Buffer): void {
  for (const [path, node] of entries) {
    if (node === 'folder') mkdirSync(join(folder, path), { recursive: true })
    else writeFileSync(join(folder, path), content(node))
  }
}
