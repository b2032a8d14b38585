import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Entries, type Node } from './entries.js'
import { SimulatedFile, type Fate } from './file.js'
import type { Change } from './trace.js'

/** What a file system promises. */
export interface Promises {
  /**
   * One journal of all folders, in which a sync of a file takes its name along: ext4 and others that keep one. Without,
   * a name is there for sure when its own folder was synced, and not before: all that POSIX says.
   */
  oneJournal: boolean
  /** False is a deliberate mistake: syncs of folders are forgotten. */
  folderSyncsCount: boolean
}

/** Decides what reached the disk of what was not synced. */
export interface DiskFate extends Fate {
  /** How many of the changes of entries that are not durable. */
  keptOf(pending: number): number
}

/** Files and folders as the changes of a trace leave them. */
export class Disk {
  readonly #byInode = new Map<bigint, Node>()
  readonly #paths = new Map<bigint, string>()
  readonly #entries: Entries

  constructor(private readonly promises: Promises = { oneJournal: true, folderSyncsCount: true }) {
    this.#entries = new Entries(promises.oneJournal)
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
        this.#paths.set(change.inode, change.path)
        return this.#entries.change({ ...change, node })
      }
      default:
        return this.#entries.change(change)
    }
  }

  /** Writes what is left below `folder` after the power was lost. */
  writeTo(folder: string, fate: DiskFate): void {
    for (const [path, node] of this.#entries.remains(fate.keptOf)) {
      // A folder whose own name is lost is lost with all that is in it.
      if (node === 'folder') mkdirSync(join(folder, path))
      else writeFileSync(join(folder, path), node.remains(fate))
    }
  }

  /** All files as the traced process saw them, by path. */
  now(): Map<string, Buffer> {
    const files = [...this.#entries.now()].filter((entry): entry is [string, SimulatedFile] => entry[1] !== 'folder')
    return new Map(files.map(([path, file]) => [path, file.content()]))
  }

  #sync(inode: bigint): void {
    const node = this.#byInode.get(inode)
    if (node instanceof SimulatedFile) {
      node.sync()
      this.#entries.syncFile(node)
    } else if (this.promises.folderSyncsCount) {
      // Of the traced folder itself there is no record.
      this.#entries.syncFolder(this.#paths.get(inode) ?? '.')
    }
  }

  #file(inode: bigint): SimulatedFile {
    const node = this.#byInode.get(inode)
    if (!(node instanceof SimulatedFile)) throw new Error(`the trace changes a file that it did not create: ${inode}`)
    return node
  }
}
