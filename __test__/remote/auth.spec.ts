// Users of a server: who may connect, and what becomes of those who no longer may.
import test from 'ava'
import { Storage } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { onServer } from '../helpers/on-server.js'

const root = { username: 'root', password: 'secret' }
let server: Server

if (hasServer()) {
  test.before(async () => {
    server = await startServer({ root })
  })
  test.after.always(() => server?.stop())
}

/** Runs SurrealQL as the root user. */
async function asRoot(surql: string): Promise<void> {
  const answer = await fetch(`${server.endpoint.replace('ws', 'http')}/sql`, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      Authorization: `Basic ${Buffer.from(`${root.username}:${root.password}`).toString('base64')}`,
    },
    body: surql,
  })
  const text = await answer.text()
  // Of definitions that are made at the same time one may fail, and those before it stay.
  if (text.includes('TransactionConflict')) return asRoot(surql)
  if (!answer.ok || text.includes('"ERR"')) throw new Error(text)
}

let databases = 0

/** A database with a user of each role, all with the password 'p'. */
async function databaseWithUsers(rest = ''): Promise<string> {
  const database = `auth_${++databases}`
  const users = ['owner', 'editor', 'viewer'].map(
    role => `DEFINE USER OVERWRITE ${role} ON DATABASE PASSWORD 'p' ROLES ${role.toUpperCase()} ${rest};`,
  )
  await asRoot(
    `DEFINE NAMESPACE IF NOT EXISTS rivers; USE NS rivers; DEFINE DATABASE IF NOT EXISTS ${database}; USE NS rivers DB ${database}; ${users.join(' ')}`,
  )
  return database
}

onServer('an editor and an owner of the database may connect', async t => {
  const database = await databaseWithUsers()
  for (const username of ['editor', 'owner']) {
    const storage = await Storage.connect(server.endpoint, { database, username, password: 'p' })
    await storage.kvSet('k', Buffer.from('v'))
    t.deepEqual(storage.kvGetSync('k'), Buffer.from('v'))
    const [keys, { fields }] = await storage.query<[unknown, { fields: object }]>(
      'SELECT VALUE id[0] FROM kv; INFO FOR TABLE event',
    )
    t.deepEqual(keys, ['k'])
    t.true('run' in fields)
    await storage.close()
  }
})

onServer('a wrong password, a missing user and a viewer are refused', async t => {
  const database = await databaseWithUsers()
  const connect = (username: string, password: string): Promise<Storage> =>
    Storage.connect(server.endpoint, { database, username, password })
  await t.throwsAsync(connect('editor', 'wrong'), { code: 'ERR_AUTH' })
  await t.throwsAsync(connect('nobody', 'p'), { code: 'ERR_AUTH' })
  await t.throwsAsync(connect('viewer', 'p'), { code: 'ERR_AUTH', message: /EDITOR/ })
  await t.throwsAsync(Storage.connect(server.endpoint, { database }), { code: 'ERR_AUTH' })
})

onServer('a session whose token expires signs in again', async t => {
  const database = await databaseWithUsers('DURATION FOR TOKEN 1s, FOR SESSION 1s')
  const storage = await Storage.connect(server.endpoint, { database, username: 'editor', password: 'p' })
  await storage.kvSet('k', Buffer.from('1'))
  t.deepEqual(await storage.query('RETURN 1'), [1])
  await new Promise(resolve => setTimeout(resolve, 1500))
  t.deepEqual(await storage.kvGet('k'), Buffer.from('1'))
  await new Promise(resolve => setTimeout(resolve, 1500))
  await storage.kvSet('k', Buffer.from('2'))
  t.deepEqual(await storage.kvGet('k'), Buffer.from('2'))
  t.deepEqual(await storage.query('SELECT VALUE id[0] FROM kv'), [['k']])
  await storage.close()
})

const isServed = (storage: Storage): Promise<boolean> =>
  storage.kvGet('k').then(
    () => true,
    () => false,
  )

onServer('after its password changed, a session that has to sign in again is refused', async t => {
  const database = await databaseWithUsers('DURATION FOR TOKEN 1s, FOR SESSION 1s')
  const storage = await Storage.connect(server.endpoint, { database, username: 'editor', password: 'p' })
  await asRoot(`USE NS rivers DB ${database}; DEFINE USER OVERWRITE editor ON DATABASE PASSWORD 'q' ROLES EDITOR;`)
  // A session of one second lasts up to two on the server.
  for (let i = 0; i < 50 && (await isServed(storage)); i++) await new Promise(resolve => setTimeout(resolve, 100))
  await t.throwsAsync(storage.kvGet('k'), { code: 'ERR_AUTH' })
  await t.throwsAsync(storage.kvSet('k', Buffer.from('v')), { code: 'ERR_AUTH' })
  await storage.close()
})
