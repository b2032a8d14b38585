import { readFileSync } from 'node:fs'

/** A change of the disk, a sync, or something that the traced process said. Paths are below the traced folder. */
export type Change =
  | { kind: 'create' | 'mkdir'; path: string; inode: bigint }
  | { kind: 'write'; inode: bigint; at: number; data: Buffer }
  | { kind: 'size'; inode: bigint; size: number }
  | { kind: 'rename' | 'link'; path: string; to: string }
  | { kind: 'unlink' | 'rmdir'; path: string }
  | { kind: 'sync'; inode: bigint }
  | { kind: 'mark'; said: string }

const HEAD_BYTES = 48

/** Reads what `shim/trace.c` recorded. */
export function readTrace(file: string): Change[] {
  const bytes = readFileSync(file)
  const changes: Change[] = []
  for (let at = 0; at < bytes.length;) {
    const [kind, inode, offset, ...lengths] = [0, 8, 16, 24, 32, 40].map(field => bytes.readBigUInt64LE(at + field))
    let from = at + HEAD_BYTES
    const [path, to, data] = lengths.map(length => bytes.subarray(from, (from += Number(length))))
    at = from
    changes.push(change(Number(kind), inode!, Number(offset), String(path), String(to), data!))
  }
  return changes
}

function change(kind: number, inode: bigint, at: number, path: string, to: string, data: Buffer): Change {
  switch (kind) {
    case 1:
      return { kind: 'create', path, inode }
    case 2:
      return { kind: 'mkdir', path, inode }
    case 3:
      return { kind: 'write', inode, at, data }
    case 4:
      return { kind: 'size', inode, size: at }
    case 5:
      return { kind: 'rename', path, to }
    case 6:
      return { kind: 'unlink', path }
    case 7:
      return { kind: 'rmdir', path }
    case 8:
      return { kind: 'link', path, to }
    case 9:
      return { kind: 'sync', inode }
    case 10:
      return { kind: 'mark', said: String(data) }
    default:
      throw new Error(`the trace has a change that cannot be simulated: ${path}`)
  }
}
