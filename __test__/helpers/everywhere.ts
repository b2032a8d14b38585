import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Storage, type EmbeddedOptions, type MemoryOptions } from 'rivers-storage'
import { BACKENDS, SERVER, type Backend } from './backends.js'
import { drive, type Driver, type Form } from './driver.js'
import { inTempDir } from './temp.js'

export type { Backend }

export interface Place {
  backend: Backend
  form: Form
  /** The storage object behind the driver. */
  storage: Storage
}

export const FORMS: readonly Form[] = ['promise', 'sync']
let databases = 0

/** A store of its own in a database of its own, on the server of the tests. */
function onServer(): Promise<Storage> {
  return Storage.connect(SERVER!, { database: `test_${process.pid}_${++databases}` })
}

/** One test on each of memory and embedded, or on a server, each with its own store, closed afterwards. */
export function onBoth(
  title: string,
  scenario: (t: ExecutionContext, storage: Storage, backend: Backend) => Promise<void>,
): void {
  for (const backend of BACKENDS) {
    test(`${title} (${backend})`, async t => {
      // relaxed: what is asked here does not depend on fsync, and four hundred tests share a disk.
      if (backend === 'remote') return withStorage(onServer(), storage => scenario(t, storage, backend))
      if (backend === 'memory') return withStorage(Storage.memory(), storage => scenario(t, storage, backend))
      return inTempDir(dir =>
        withStorage(Storage.embedded(join(dir, 'db'), { durability: 'relaxed' }), storage =>
          scenario(t, storage, backend),
        ),
      )
    })
  }
}

/** The same scenario on all four combinations of store and call form. */
export function everywhere(
  title: string,
  scenario: (t: ExecutionContext, s: Driver, place: Place) => Promise<void>,
): void {
  for (const form of FORMS) {
    onBoth(`${title}, ${form}`, (t, storage, backend) => scenario(t, drive(storage, form), { backend, form, storage }))
  }
}

/** A scenario that opens and closes embedded stores itself, in both forms: `open` is the opening in that form. */
export function embedded(
  title: string,
  scenario: (t: ExecutionContext, open: (options?: EmbeddedOptions) => Promise<Opened>, path: string) => Promise<void>,
): void {
  for (const form of FORMS) {
    test(`${title} (embedded, ${form})`, t =>
      inTempDir(async dir => {
        const path = join(dir, 'db')
        const opened: Storage[] = []
        const open = async (options?: EmbeddedOptions): Promise<Opened> => {
          const storage =
            form === 'promise' ? await Storage.embedded(path, options) : Storage.embeddedSync(path, options)
          opened.push(storage)
          return { s: drive(storage, form), storage }
        }
        try {
          await scenario(t, open, path)
        } finally {
          for (const storage of opened) await storage.close()
        }
      }))
  }
}
export interface Opened {
  s: Driver
  storage: Storage
}

/** A scenario on a memory store whose time moves only by `pass`, in both forms. */
export function onManualClock(
  title: string,
  scenario: (t: ExecutionContext, s: Driver, pass: (by: number | string) => void, storage: Storage) => Promise<void>,
  options?: MemoryOptions,
): void {
  for (const form of FORMS) {
    test(`${title} (manual clock, ${form})`, t =>
      withStorage(Storage.memory({ clock: 'manual', ...options }), storage =>
        scenario(t, drive(storage, form), by => storage.advanceTime(by), storage),
      ))
  }
}

export async function withStorage<T>(opening: Promise<Storage>, work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await opening
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

/** True once nobody in this process has the path open: then it takes another durability. */
export async function givenBack(path: string): Promise<boolean> {
  try {
    await (await Storage.embedded(path, { durability: 'commit' })).close()
    return true
  } catch {
    return false
  }
}
