import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// ava starts all tests of a file at once: so many embedded stores side by side would only be slow.
let free = 8
const queue: (() => void)[] = []

/** A new empty folder, removed when `work` has settled. Not to be nested. */
export async function inTempDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
  if (free > 0) free--
  else await new Promise<void>(resolve => queue.push(resolve))
  const dir = await mkdtemp(join(tmpdir(), 'rivers-storage-'))
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
    const next = queue.shift()
    if (next) next()
    else free++
  }
}
