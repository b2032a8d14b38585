// A server that goes away, comes back empty, loses its database, or has a certificate of a private authority.
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { isStorageError, Storage } from 'rivers-storage'
import { hasServer, startServer } from '../../scripts/lib/server.js'
import { inChild, startChild, type Child } from '../helpers/child.js'
import { startProxy } from '../helpers/proxy.js'
import { Random } from '../helpers/random.js'
import { inTempDir } from '../helpers/temp.js'
import { hasOpenssl, makeCertificates, startTls } from '../helpers/tls.js'
import { onServer } from '../helpers/on-server.js'

const TIMEOUT_MS = 2000

const CALLS: Record<string, (storage: Storage) => Promise<unknown>> = {
  kvSet: s => s.kvSet('k', Buffer.from('v')),
  kvGet: s => s.kvGet('k'),
  kvKeys: s => s.kvKeys(),
  storeEvents: s => s.storeEvents([{ runId: 'r', eventType: 'Observation', assetKey: 'a' }]),
  createRun: s => s.createRun({ runId: 'r', jobName: 'j' }),
  getRuns: s => s.getRuns(),
  setPoolLimit: s => s.setPoolLimit('p', 1),
  getPoolInfo: s => s.getPoolInfo('p'),
  claimConcurrencySlots: s => s.claimConcurrencySlots({ pools: 'p', runId: 'r', stepKey: 's' }),
  renewSlotLease: s => s.renewSlotLease('r', 's'),
  freeConcurrencySlots: s => s.freeConcurrencySlots('r', 's'),
}

/** Each call ends in time, with a result or a coded error. Gives the codes. */
async function callsEnd(t: ExecutionContext, storage: Storage): Promise<(string | null)[]> {
  const codes: (string | null)[] = []
  for (const [name, call] of Object.entries(CALLS)) {
    const start = performance.now()
    const error: unknown = await call(storage).then(
      () => null,
      failure => failure,
    )
    const took = performance.now() - start
    t.true(took < TIMEOUT_MS + 1000, `${name}: ${took} ms`)
    t.true(error === null || isStorageError(error), `${name}: ${error}`)
    codes.push(isStorageError(error) ? error.code : null)
  }
  return codes
}

const all = (code: string | null): (string | null)[] => Object.keys(CALLS).map(() => code)

onServer('while the server is away calls are unavailable; when it is back and empty, none hangs', async t => {
  let server = await startServer()
  const port = Number(new URL(server.endpoint).port)
  const storage = await Storage.connect(server.endpoint, { timeout: TIMEOUT_MS })
  try {
    t.deepEqual(await callsEnd(t, storage), all(null))
    await server.stop()
    t.deepEqual(await callsEnd(t, storage), all('ERR_UNAVAILABLE'))
    server = await startServer({ port })
    await callsEnd(t, storage)
    const start = performance.now()
    await storage.close().catch(error => t.true(isStorageError(error), String(error)))
    t.true(performance.now() - start < TIMEOUT_MS + 1000)
    const again = await Storage.connect(server.endpoint, { timeout: TIMEOUT_MS })
    t.deepEqual(await callsEnd(t, again), all(null))
    await again.close()
  } finally {
    await server.stop()
  }
})

onServer('a lease whose server came back empty is lost', async t => {
  let server = await startServer()
  const port = Number(new URL(server.endpoint).port)
  const storage = await Storage.connect(server.endpoint, { timeout: TIMEOUT_MS })
  try {
    await storage.setPoolLimit('p', 1)
    const wait = { pools: 'p', runId: 'r', stepKey: 's', leaseDuration: 3000 }
    const lease = await storage.acquireSlots(wait)
    const lost = once(lease.signal, 'abort')
    await server.stop()
    server = await startServer({ port })
    await lost
    t.false(lease.live)
  } finally {
    await storage.close().catch(() => {})
    await server.stop()
  }
})

onServer('calls end when the database was removed', async t => {
  const server = await startServer()
  try {
    const storage = await Storage.connect(server.endpoint, { timeout: TIMEOUT_MS })
    const removal = {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: 'USE NS rivers; REMOVE DATABASE main',
    }
    const answer = await (await fetch(`${server.endpoint.replace('ws', 'http')}/sql`, removal)).text()
    t.false(answer.includes('"ERR"'), answer)
    const codes = await callsEnd(t, storage)
    t.false(codes.includes(null), `${codes}`)
    await storage.close()
  } finally {
    await server.stop()
  }
})

/** What the process does while its server is away. */
type Doing = 'closes' | 'ends' | 'exits' | 'closes during a call'

/** Runs a process whose server goes away; gives how long its closing and its end took. */
async function leaving(doing: Doing, isKilled: boolean): Promise<number> {
  const server = await startServer()
  const proxy = await startProxy(server.endpoint, new Random(1))
  let child: Child | undefined
  try {
    child = startChild(
      async ({ Storage }, { endpoint, doing }, say) => {
        const storage = await Storage.connect(endpoint, { timeout: 5000 })
        await storage.kvSet('k', Buffer.from('v'))
        // A listener of a signal does not keep a process alive.
        const waits = setInterval(() => {}, 1000)
        await new Promise(resolve => {
          process.once('SIGUSR2', resolve)
          say('connected')
        })
        clearInterval(waits)
        if (doing === 'closes during a call') {
          storage.kvSet('k', Buffer.from('w')).catch(() => {})
          await new Promise(resolve => setTimeout(resolve, 100))
        }
        say('leaves')
        if (doing.startsWith('closes')) await storage.close().catch(() => {})
        if (doing === 'exits') process.exit()
      },
      { endpoint: proxy.endpoint, doing },
    )
    await child.heard(line => line === 'connected')
    if (isKilled) await server.stop()
    else proxy.set({ kind: 'half-open' })
    child.kill('SIGUSR2')
    await child.heard(line => line === 'leaves')
    const start = performance.now()
    const { code, stderr } = await child.ended
    if (code !== 0) throw new Error(`the child ended with ${code}: ${stderr}`)
    return performance.now() - start
  } finally {
    child?.kill('SIGKILL')
    await proxy.stop()
    await server.stop()
  }
}

for (const isKilled of [true, false]) {
  for (const doing of ['closes', 'ends', 'exits', 'closes during a call'] as const) {
    const away = isKilled ? 'was killed' : 'does not answer'
    onServer(`a process ${doing} within a second while its server ${away}`, async t => {
      const took = await leaving(doing, isKilled)
      t.true(took < 1500, `${took} ms`)
    })
  }
}

const withTls = hasServer() && hasOpenssl() ? test : test.skip

withTls('wss:// trusts the authority that SSL_CERT_FILE names, and no other private one', async t => {
  const server = await startServer()
  try {
    await inTempDir(async folder => {
      const certificates = makeCertificates(folder)
      const tls = await startTls(server.endpoint, certificates)
      const connect = (SSL_CERT_FILE: string): Promise<unknown[]> =>
        inChild(
          async ({ Storage }, { endpoint }, say) => {
            try {
              const storage = await Storage.connect(endpoint, { timeout: 20_000 })
              await storage.kvSet('k', Buffer.from('v'))
              say(String(await storage.kvGet('k')))
              await storage.close()
            } catch (error) {
              say((error as { code: string }).code)
              say((error as Error).message)
            }
          },
          { endpoint: tls.endpoint },
          { SSL_CERT_FILE },
        )
      t.deepEqual(await connect(certificates.authority), ['v'])
      const [code, message] = await connect('')
      t.is(code, 'ERR_UNAVAILABLE')
      t.regex(String(message), /certificate/)
      tls.stop()
    })
  } finally {
    await server.stop()
  }
})
