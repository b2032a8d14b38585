import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Disk } from './disk.js'
import type { Change } from './trace.js'

// Which entries of folders a simulated loss of power leaves.

const FOLDER: Change = { kind: 'mkdir', path: 'db', inode: 1n }
const create = (name: string, inode: bigint): Change => ({ kind: 'create', path: `db/${name}`, inode })
const write = (inode: bigint, text: string): Change => ({ kind: 'write', inode, at: 0, data: Buffer.from(text) })
const sync = (inode: bigint): Change => ({ kind: 'sync', inode })
const rename = (from: string, to: string): Change => ({ kind: 'rename', path: `db/${from}`, to: `db/${to}` })

const ONE_JOURNAL = { oneJournal: true, folderSyncsCount: true }
const POSIX = { oneJournal: false, folderSyncsCount: true }
/** Of the traced folder itself, whose making is not in the trace. */
const ROOT = 99n

/** With so many of the changes of the tree that are not durable, and nothing else that was not synced. */
function left(changes: readonly Change[], kept = 0, promises = ONE_JOURNAL): Record<string, string> {
  const disk = new Disk(promises)
  for (const change of changes) disk.apply(change)
  const root = mkdtempSync(join(tmpdir(), 'rivers-storage-'))
  try {
    disk.writeTo(root, { keepsPage: () => false, keepsSize: () => false, keptOf: () => kept })
    const names = readdirSync(root).length > 0 ? readdirSync(join(root, 'db')) : []
    return Object.fromEntries(names.map(name => [name, String(readFileSync(join(root, 'db', name)))]))
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('a sync of a file keeps its entry, and all before', t => {
  const changes = [FOLDER, create('a', 2n), create('b', 3n), create('c', 4n), write(3n, 'text')]
  t.deepEqual(left(changes), {})
  t.deepEqual(left([...changes, sync(3n)]), { a: '', b: 'text' })
  t.deepEqual(left([...changes, sync(3n)], 1), { a: '', b: 'text', c: '' })
})

test('a file keeps its old name until its folder or itself is synced', t => {
  const changes = [FOLDER, create('a', 2n), write(2n, 'text'), sync(2n), rename('a', 'b')]
  t.deepEqual(left(changes), { a: 'text' })
  t.deepEqual(left([...changes, sync(1n)]), { b: 'text' })
  t.deepEqual(left([...changes, sync(2n)]), { b: 'text' })
})

test('a file takes the place of another one, or does not', t => {
  const both = [FOLDER, create('a', 2n), create('b', 3n), write(2n, 'new'), write(3n, 'old'), sync(2n), sync(3n)]
  t.deepEqual(left([...both, rename('a', 'b')]), { a: 'new', b: 'old' })
  t.deepEqual(left([...both, rename('a', 'b')], 1), { b: 'new' })
  t.deepEqual(left([...both, { kind: 'unlink', path: 'db/b' }, sync(1n)]), { a: 'new' })
})

test('by POSIX a name is there when its own folder was synced', t => {
  const changes = [FOLDER, create('a', 2n), write(2n, 'text'), sync(2n)]
  t.deepEqual(left(changes, 0, POSIX), {})
  t.deepEqual(left([...changes, sync(1n)], 0, POSIX), {})
  t.deepEqual(left([...changes, sync(ROOT)], 0, POSIX), {})
  t.deepEqual(left([...changes, sync(1n), sync(ROOT)], 0, POSIX), { a: 'text' })
  t.deepEqual(left([...changes, sync(1n), sync(ROOT)], 0, { ...POSIX, folderSyncsCount: false }), {})
  t.deepEqual(left(changes, 1, POSIX), { a: 'text' })
})
