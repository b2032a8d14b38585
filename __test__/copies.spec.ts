import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import * as rivers from 'rivers-storage'
import { startChild, type Rivers } from './helpers/child.js'
import { withStorage } from './helpers/everywhere.js'
import { newRealm } from './helpers/realm.js'
import { failureOf, isError } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'

// A process may hold several copies of the package: of other versions, or because two packages bring one each.

/** The package as it is installed, in a folder of its own. */
function copyTo(folder: string): string {
  mkdirSync(folder)
  const addons = readdirSync('.').filter(name => name.endsWith('.node'))
  for (const name of ['package.json', 'index.js', 'binding.js', 'lib', ...addons]) {
    cpSync(name, join(folder, name), { recursive: true })
  }
  return folder
}
const copies = (dir: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => copyTo(join(dir, `copy${i}`)))

test('copies know the errors of each other, and take leases of each other', t =>
  inTempDir(async dir => {
    const [folder] = copies(dir, 1)
    const other: Rivers = require(folder!)
    t.not(other.Storage, rivers.Storage)
    const error = await withStorage(other.Storage.memory(), s => failureOf(s.getPoolInfo('ghost')))
    isError(t, error, 'ERR_NOT_FOUND')
    t.true(other.isStorageError(await withStorage(rivers.Storage.memory(), s => failureOf(s.getPoolInfo('ghost')))))
    await withStorage(rivers.Storage.memory(), async mine =>
      withStorage(other.Storage.memory(), async theirs => {
        for (const s of [mine, theirs]) await s.setPoolLimit('db', 1)
        const lease = await mine.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db' })
        const event = { eventType: 'StepStart', runId: 'r', assetKey: 's' } as const
        isError(t, await failureOf(theirs.storeEvent(event, { lease })), 'ERR_LEASE_LOST')
        await mine.storeEvent(event, { lease })
        await lease.release()
      }),
    )
  }))

/** Loads the package from each folder, several times over. Gives how many listeners the process has for its exit. */
const load = (_: Rivers, folders: string[], say: (line: unknown) => void): void => {
  process.on('warning', warning => say(warning.name))
  for (let time = 0; time < 12; time++) {
    for (const file of Object.keys(require.cache)) delete require.cache[file]
    for (const folder of folders) require(folder)
  }
  say(process.listenerCount('exit'))
}

test('a process gets one exit listener, however many copies are loaded, and however often', t =>
  inTempDir(async dir => {
    const end = await startChild(load, [process.cwd(), ...copies(dir, 3)]).ended
    t.deepEqual([end.said, end.stderr], [[1], ''])
  }))

test('a realm gets no exit listener of its own', t => {
  const before = process.listenerCount('exit')
  for (let time = 0; time < 12; time++) newRealm()
  t.is(process.listenerCount('exit'), before)
})

test('an exit waits for the stores that copies are opening', t =>
  inTempDir(async dir => {
    const opens = [process.cwd(), ...copies(dir, 1)].map((folder, i) => ({ folder, path: join(dir, `db${i}`) }))
    const end = await startChild((_, opens, say) => {
      const { existsSync } = require('node:fs') as typeof import('node:fs')
      const loaded = opens.map(({ folder, path }) => ({ path, rivers: require(folder) as Rivers }))
      // A file of the engine, written in the course of the opening.
      const opened = (): void => say(opens.map(({ path }) => existsSync(`${path}/IDENTITY`)))
      process.on('exit', opened)
      for (const { path, rivers } of loaded) void rivers.Storage.embedded(path, { durability: 'relaxed' })
      opened()
      process.exit()
    }, opens).ended
    t.deepEqual([end.code, end.signal, end.stderr], [0, null, ''])
    t.deepEqual(end.said, [
      [false, false],
      [true, true],
    ])
  }))
