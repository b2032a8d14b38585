import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { inChild, startChild } from './helpers/child.js'
import { FORMS, withStorage } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'

// What a migration does to stores of other versions is tested where those can be made: crates/storage/tests/schema.rs.

type Migrate = typeof Storage.migrateEmbedded
const CURRENT = 1

function migration(
  title: string,
  scenario: (t: ExecutionContext, migrate: Migrate, path: string) => Promise<void>,
): void {
  for (const form of FORMS) {
    const migrate: Migrate =
      form === 'promise' ? path => Storage.migrateEmbedded(path) : async path => Storage.migrateEmbeddedSync(path)
    test(`${title} (${form})`, t => inTempDir(dir => scenario(t, migrate, join(dir, 'a', 'db'))))
  }
}

migration('a store is made where there is none, and is left alone when it has the schema', async (t, migrate, path) => {
  t.deepEqual(await migrate(path), { from: 0, to: CURRENT })
  t.deepEqual(await migrate(path), { from: CURRENT, to: CURRENT })
  await withStorage(Storage.embedded(path), s => s.kvSet('k', Buffer.from('v')))
  t.deepEqual(await migrate(path), { from: CURRENT, to: CURRENT })
  await withStorage(Storage.embedded(path), async s => t.is((await s.kvGet('k'))?.toString(), 'v'))
})

migration('a store that is open in this process is left open', async (t, migrate, path) => {
  await withStorage(Storage.embedded(path, { durability: 'relaxed' }), async s => {
    t.deepEqual(await migrate(path), { from: CURRENT, to: CURRENT })
    t.deepEqual(await Promise.all([migrate(path), migrate(path)]).then(all => all.length), 2)
    await s.kvSet('k', Buffer.from('v'))
    t.is((await s.kvGet('k'))?.toString(), 'v')
  })
})

migration('a store that another process has open is locked, and is given back afterwards', async (t, migrate, path) => {
  const child = startChild(async ({ Storage }, path, say) => {
    const s = await Storage.embedded(path)
    say('open')
    await s.setPoolLimit('db', 0)
    // Until it is killed.
    await s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', timeout: '1h' })
  }, path)
  await child.heard(line => line === 'open')
  const error = await rejects(t, 'ERR_LOCKED', () => migrate(path))
  t.true(error.message.includes(path), error.message)
  child.kill('SIGKILL')
  await child.ended
  t.deepEqual(await migrate(path), { from: CURRENT, to: CURRENT })
  // This process does not keep it.
  t.deepEqual(
    await inChild(async ({ Storage }, path, say) => {
      const s = await Storage.embedded(path)
      say(s.type)
      await s.close()
    }, path),
    ['Embedded'],
  )
})

migration('a bad path is refused', async (t, migrate, path) => {
  for (const wrong of ['', 1, null, undefined, '\ud800', {}]) {
    await rejects(t, 'ERR_INVALID_ARG', () => migrate(bad(wrong)), /path/)
  }
  await mkdir(path, { recursive: true })
  const file = join(path, 'file')
  await writeFile(file, 'not a directory')
  await rejects(t, 'ERR_IO', () => migrate(file), /file/)
  await rejects(t, 'ERR_IO', () => migrate(join(file, 'db')), /file/)
  t.deepEqual(await readdir(path), ['file'])
})
