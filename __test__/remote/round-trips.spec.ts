// How often an operation asks the server: each request is a round trip.
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { startProxy, type Proxy } from '../helpers/proxy.js'
import { Random } from '../helpers/random.js'

/** In turns: a busy server loses notifications. */
const counting = hasServer() ? test.serial : test.skip

let server: Server

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
  })
  test.after.always(() => server?.stop())
}

interface Counted {
  storage: Storage
  proxy: Proxy
  /** How many requests the call makes. */
  requests(call: () => Promise<unknown>): Promise<number>
}

let databases = 0

/** Of one process alone, and of one that sends its claims to another one. */
function counted(title: string, scenario: (t: ExecutionContext, counted: Counted) => Promise<void>): void {
  for (const process of ['elected', 'other']) {
    counting(`${title} (${process})`, async t => {
      const proxy = await startProxy(server.endpoint, new Random(1))
      const database = `counted_${++databases}`
      const first = await Storage.connect(process === 'elected' ? proxy.endpoint : server.endpoint, { database })
      await first.setPoolLimit('p', 1)
      await first.setPoolLimit('free', 9)
      const storage = process === 'elected' ? first : await Storage.connect(proxy.endpoint, { database })
      // The first claim asks who is elected, and makes the rows for calls.
      await storage.claimConcurrencySlots({ pools: ['free'], runId: 'first', stepKey: 's' })
      await storage.freeConcurrencySlots('first', 's')
      // A process that was elected begins to listen, and removes what others have left.
      await new Promise(resolve => setTimeout(resolve, 500))
      const requests = async (call: () => Promise<unknown>): Promise<number> => {
        const before = proxy.counts.requests
        await call()
        return proxy.counts.requests - before
      }
      try {
        await scenario(t, { storage, proxy, requests })
      } finally {
        if (storage !== first) await storage.close()
        await first.close()
        await proxy.stop()
      }
    })
  }
}

counted('reads and claims are one round trip', async (t, { storage, requests }) => {
  const claim = (pool: string, runId: string) => () =>
    storage.claimConcurrencySlots({ pools: [pool], runId, stepKey: 's' })
  t.is(await requests(() => storage.kvGet('k')), 1)
  t.is(await requests(() => storage.getRun('r')), 1)
  t.is(await requests(claim('p', 'r')), 1)
  t.is(await requests(() => storage.renewSlotLease('r', 's')), 1)
  t.is(await requests(claim('p', 'pending')), 1)
  t.is(await requests(claim('p', 'pending')), 1, 'repeated')
  t.is(await requests(() => storage.freeConcurrencySlots('r', 's')), 1)
  const wait = { pools: ['p', 'free'], runId: 'w', stepKey: 's', timeout: '20s' }
  await storage.freeConcurrencySlots('pending', 's')
  // A wait also shows that its process is there, beside the claim.
  t.true((await requests(async () => (await storage.acquireSlots(wait)).release())) <= 4)
})

counted('a thousand events are two round trips at most', async (t, { storage, requests }) => {
  const events = Array.from({ length: 1000 }, (_, i) => ({
    runId: 'r',
    eventType: 'Materialization' as const,
    assetKey: `a${i % 10}`,
  }))
  t.true((await requests(() => storage.storeEvents(events))) <= 2)
})

counted('a process that does nothing asks once a second at most', async (t, { proxy, requests }) => {
  const looks = proxy.counts.looks
  t.is(await requests(() => new Promise(resolve => setTimeout(resolve, 3000))), 0)
  t.true(proxy.counts.looks - looks <= 4, `${proxy.counts.looks - looks} looks in 3 s`)
})
