// Time and order between processes of a store on a server: deadlines, leases and tokens while messages are slow.
import { Storage, type SlotLease } from 'rivers-storage'
import { startServer, type Server } from '../../scripts/lib/server.js'
import { now } from '../faults/records.js'
import { startProxy, type Proxy } from '../helpers/proxy.js'
import { Random } from '../helpers/random.js'
import { onServer } from '../helpers/on-server.js'
import { until } from '../helpers/until.js'

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Each message takes as long as its fault says at most. */
class Longest extends Random {
  override next(): number {
    return 1
  }
}

async function withServer(work: (server: Server, proxy: Proxy) => Promise<void>): Promise<void> {
  const server = await startServer()
  const proxy = await startProxy(server.endpoint, new Longest(1))
  try {
    await work(server, proxy)
  } finally {
    await proxy.stop()
    await server.stop()
  }
}

// A time that counts from when it was asked for is ahead by as long as the request took.
onServer('a commit has no effect after its error, however slowly the time was told', t =>
  withServer(async (server, proxy) => {
    const direct = await Storage.connect(server.endpoint)
    proxy.set({ kind: 'latency', ms: 650, direction: 'up' })
    const storage = await Storage.connect(proxy.endpoint, { timeout: 3000 })
    await storage.kvSet('first', Buffer.from('v'))
    // It arrives 0.3 s after its deadline, and 0.1 s after its caller has the error.
    proxy.set({ kind: 'latency', ms: 3300, direction: 'up' })
    await t.throwsAsync(storage.kvSet('late', Buffer.from('v')), { code: 'ERR_TIMEOUT' })
    await sleep(2000)
    t.is(await direct.kvGet('late'), null)
  }),
)

// The clock of a store may be behind by as long as the server's reply took.
onServer('a lease is over for its holder before others are granted its slots', t =>
  withServer(async (server, proxy) => {
    const other = await Storage.connect(server.endpoint)
    await other.setPoolLimit('p', 1)
    proxy.set({ kind: 'latency', ms: 2000, direction: 'down' })
    const storage = await Storage.connect(proxy.endpoint)
    const wait = { pools: 'p', runId: 'r', stepKey: 'slow', leaseDuration: 9000, renew: false }
    const lease = await storage.acquireSlots(wait)
    while (!(await other.claimConcurrencySlots({ pools: 'p', runId: 'r', stepKey: 'other' })).isClaimed) await sleep(10)
    t.false(lease.live)
  }),
)

// Each request of a wait may take the storage's own timeout, also after the timeout of the wait.
onServer('a wait for slots ends at its timeout when the server does not answer', t =>
  withServer(async (_, proxy) => {
    const storage = await Storage.connect(proxy.endpoint, { timeout: 6000 })
    await storage.setPoolLimit('p', 1)
    proxy.set({ kind: 'half-open' })
    const start = now()
    await t.throwsAsync(storage.acquireSlots({ pools: 'p', runId: 'r', stepKey: 's', timeout: 1000 }))
    t.true(now() - start < 3000, `${now() - start} ms`)
  }),
)

// A commit that answers a call does nothing after the time of that call.
onServer('a call whose time is over when it is answered holds up no other call', t =>
  withServer(async (server, proxy) => {
    const decides = await Storage.connect(proxy.endpoint)
    await decides.setPoolLimit('p', 1)
    await decides.claimConcurrencySlots({ pools: 'p', runId: 'r', stepKey: 'holds' })
    const storage = await Storage.connect(server.endpoint)
    proxy.set({ kind: 'latency', ms: 600, direction: 'up' })
    const short = storage.acquireSlots({ pools: 'p', runId: 'r', stepKey: 'short', timeout: 200 })
    const start = now()
    const other = storage.claimConcurrencySlots({ pools: 'p', runId: 'r', stepKey: 'other' })
    await t.throwsAsync(short, { code: 'ERR_TIMEOUT' })
    t.false((await other).isClaimed)
    t.true(now() - start < 8000, `${now() - start} ms`)
  }),
)

onServer('a write whose connection is lost again and again is unavailable, not late', t =>
  withServer(async (_, proxy) => {
    const storage = await Storage.connect(proxy.endpoint, { timeout: 2000 })
    // More than any share that is drawn.
    proxy.set({ kind: 'cut', share: 2 })
    await t.throwsAsync(storage.kvSet('k', Buffer.from('v')), { code: 'ERR_UNAVAILABLE' })
  }),
)

// What a wait left behind is removed when the server answers again, up to five seconds later.
onServer('a step that waits anew keeps its place when what its earlier wait left is removed', t =>
  withServer(async (server, proxy) => {
    const direct = await Storage.connect(server.endpoint)
    await direct.setPoolLimit('p', 1)
    const held = await direct.acquireSlots({ pools: 'p', runId: 'r', stepKey: 'holds' })
    const storage = await Storage.connect(proxy.endpoint, { timeout: 2000 })
    const wait = { pools: 'p', runId: 'r', stepKey: 'waits' }
    proxy.set({ kind: 'latency', ms: 3000, direction: 'up' })
    await t.throwsAsync(storage.acquireSlots({ ...wait, timeout: 500 }))
    // The claim fails after two seconds, and what it may have left cannot be removed at once.
    await sleep(1500)
    proxy.set(null)
    const waits = async (): Promise<SlotLease> => storage.acquireSlots(wait).catch(waits)
    const lease = waits()
    const pending = async (): Promise<number> => (await direct.getPoolInfo('p')).pendingCount
    await until(async () => (await pending()) === 1, 'it waits anew')
    const granted: string[] = []
    const behind = direct.acquireSlots({ pools: 'p', runId: 'r', stepKey: 'behind' })
    const turns = [lease, behind].map(async turn => {
      const lease = await turn
      granted.push(lease.stepKey)
      await lease.release()
    })
    await until(async () => (await pending()) === 2, 'another step waits, too')
    await sleep(7000)
    await held.release()
    await Promise.all(turns)
    t.deepEqual(granted, ['waits', 'behind'])
  }),
)

// A server in memory took more than the deadline for it while each row cost as much as all rows before it.
onServer('a call of ten thousand events ends well before its deadline', t =>
  withServer(async server => {
    const storage = await Storage.connect(server.endpoint)
    const events = Array.from({ length: 10_000 }, () => ({
      runId: 'r',
      eventType: 'Observation' as const,
      assetKey: 'a',
    }))
    t.is((await storage.storeEvents(events)).length, events.length)
    await storage.close()
  }),
)

// Of all pools, whichever process granted it.
onServer('the token of a grant is greater than that of every earlier grant', t =>
  withServer(async server => {
    const first = await Storage.connect(server.endpoint)
    await first.setPoolLimit('p', 1)
    await first.setPoolLimit('q', 1)
    await sleep(1000)
    const second = await Storage.connect(server.endpoint)
    const earlier = await second.claimConcurrencySlots({ pools: 'p', runId: 'r', stepKey: 's' })
    await second.freeConcurrencySlots('r', 's')
    const later = await first.claimConcurrencySlots({ pools: 'q', runId: 'r', stepKey: 's', attempt: '2' })
    t.true(later.token! > earlier.token!, `${later.token} after ${earlier.token}`)
  }),
)
