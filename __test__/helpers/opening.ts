import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Storage } from 'rivers-storage'
import { BACKENDS, SERVER, type Backend } from './backends.js'
import { inTempDir } from './temp.js'

/** How other processes and threads open a store, as JSON: a method of `Storage`, and its arguments. */
export type Opening = ['memory' | 'embedded' | 'connect', ...unknown[]]

/** `Storage[how]`, as these helpers call it. */
export type Open = (...args: unknown[]) => Promise<Storage>

let databases = 0

const newDatabase = (): Opening => [
  'connect',
  SERVER,
  { database: `opened_${process.pid}_${++databases}`, timeout: '10s' },
]

/** One test on each of memory and embedded, or on a server, each with the way to open a new store. */
export function onOpening(
  title: string,
  backends: readonly Backend[],
  scenario: (t: ExecutionContext, opening: Opening, path: string) => Promise<void>,
): void {
  for (const backend of BACKENDS.filter(one => backends.includes(one))) {
    test(`${title} (${backend})`, t =>
      inTempDir(dir => {
        const path = join(dir, 'db')
        const openings: Record<Backend, () => Opening> = {
          memory: () => ['memory'],
          embedded: () => ['embedded', path, { durability: 'relaxed' }],
          remote: newDatabase,
        }
        return scenario(t, openings[backend](), path)
      }))
  }
}

const HANG_MS = 30_000

/** The process or thread has ended by itself within 30 s. Otherwise it is killed, which is no such end. */
export async function endsItself<T>(ended: Promise<T>, kill: () => unknown): Promise<T> {
  let hangs = false
  const timer = setTimeout(() => {
    hangs = true
    kill()
  }, HANG_MS)
  try {
    const end = await ended
    if (hangs) throw new Error(`did not end by itself within ${HANG_MS / 1000} s`)
    return end
  } finally {
    clearTimeout(timer)
  }
}
