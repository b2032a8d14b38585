// Schema versions of stores on a server.
import test from 'ava'
import { Storage, type Migration } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { startChild } from '../helpers/child.js'
import { answersAsRecorded, isUsable } from '../migration/check.js'
import { importFixture, sql, versions } from '../migration/fixtures.js'
import { onServer } from '../helpers/on-server.js'

let server: Server
let current: number

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
    current = (await Storage.migrateRemote(server.endpoint, { database: 'new' })).to
  })
  test.after.always(() => server?.stop())
}

const connect = (database: string): Promise<Storage> => Storage.connect(server.endpoint, { database })
const migrate = (database: string): Promise<Migration> => Storage.migrateRemote(server.endpoint, { database })

for (const version of versions) {
  onServer(`a store of schema version ${version} on a server is migrated, read and used`, async t => {
    const database = `version_${version}`
    await importFixture(server.endpoint, database, version)
    if (version < current) await t.throwsAsync(connect(database), { code: 'ERR_SCHEMA', message: /migrateRemote/ })
    t.deepEqual(await migrate(database), { from: version, to: current })
    t.deepEqual(await migrate(database), { from: current, to: current })
    await using storage = await connect(database)
    await answersAsRecorded(t, storage, version, 'server')
    await isUsable(t, storage)
  })
}

/** A store with this stamp. */
async function stamped(database: string, version: number, minReader: number, minWriter: number): Promise<string> {
  await migrate(database)
  const stamp = `version = ${version}, min_reader = ${minReader}, min_writer = ${minWriter}`
  await sql(server.endpoint, database, `UPDATE meta SET ${stamp}`)
  return database
}

onServer('a store that this version may not use is refused with both versions', async t => {
  const newer = current + 1
  const both = new RegExp(`version ${newer}, .* version ${current}\\)`)
  for (const [reader, writer] of [
    [newer, newer],
    [1, newer],
    [newer, 1],
  ] as const) {
    const database = await stamped(`newer_${reader}_${writer}`, newer, reader, writer)
    await t.throwsAsync(connect(database), { code: 'ERR_SCHEMA', message: both })
    await t.throwsAsync(migrate(database), { code: 'ERR_SCHEMA', message: both })
  }
})

onServer('a newer store that this version may use is opened, and not migrated', async t => {
  const database = await stamped('newer_and_usable', current + 1, current, current)
  await using storage = await connect(database)
  await storage.kvSet('k', Buffer.from('v'))
  await t.throwsAsync(migrate(database), { code: 'ERR_SCHEMA' })
  const [stamps] = await sql(server.endpoint, database, 'SELECT VALUE version FROM meta')
  t.deepEqual(stamps, [current + 1])
})

const inProcess = (database: string) =>
  startChild(
    async ({ Storage }, { endpoint, database }, say) => say(await Storage.migrateRemote(endpoint, { database })),
    { endpoint: server.endpoint, database },
  ).ended

onServer('processes that migrate a store at once take turns, and all succeed', async t => {
  const older = await stamped('older', current - 1, 0, 0)
  await t.throwsAsync(connect(older), { code: 'ERR_SCHEMA' })
  for (const [database, from] of [
    ['empty', 0],
    [older, current - 1],
  ] as const) {
    const ends = await Promise.all(Array.from({ length: 4 }, () => inProcess(database)))
    for (const { code, stderr } of ends) t.is(code, 0, stderr)
    const migrations = ends.flatMap(({ said }) => said as Migration[])
    t.is(migrations.length, 4)
    // With version 1, both stores begin at 0: the first has no stamp.
    t.deepEqual(
      migrations.toSorted((a, b) => a.from - b.from),
      [{ from, to: current }, ...Array.from({ length: 3 }, () => ({ from: current, to: current }))],
    )
    await (await connect(database)).close()
  }
})
