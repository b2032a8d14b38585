// Each fault of the proxy alone, on one storage: that it takes place, and what a call makes of it.
import test, { type ExecutionContext } from 'ava'
import { isStorageError, Storage } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { isCommit, isQuery, startProxy, type Fault, type Proxy, type Which } from '../helpers/proxy.js'
import { newSeed, Random } from '../helpers/random.js'
import { until } from '../helpers/until.js'
import { onServer } from '../helpers/on-server.js'

let server: Server

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
  })
  test.after.always(() => server?.stop())
}

let databases = 0

interface Setup {
  proxy: Proxy
  storage: Storage
  /** Another one, with a connection of its own to the server. */
  direct: Storage
}

function proxied(
  title: string,
  scenario: (t: ExecutionContext, setup: Setup) => Promise<void>,
  options: { timeout?: number } = {},
): void {
  onServer(title, async t => {
    const seed = newSeed()
    t.log(`Seed ${seed}.`)
    const proxy = await startProxy(server.endpoint, new Random(seed))
    const database = `proxy_${++databases}`
    const [storage, direct] = await Promise.all(
      [proxy.endpoint, server.endpoint].map(endpoint => Storage.connect(endpoint, { database, ...options })),
    )
    try {
      await scenario(t, { proxy, storage: storage!, direct: direct! })
    } finally {
      proxy.set(null)
      await Promise.all([storage!.close().catch(() => {}), direct!.close()])
      await proxy.stop()
    }
  })
}

/** Puts the fault in force until it has taken place once. */
async function once({ proxy }: Setup, fault: Fault, which: Which = isQuery): Promise<void> {
  const before = proxy.counts.faults
  proxy.set(fault, which)
  await until(() => proxy.counts.faults > before, fault.kind)
  proxy.set(null)
}

const bytes = (value: number): Buffer => Buffer.from(String(value))

for (const ms of [0, 50]) {
  proxied(`a commit that arrives twice takes effect once (${ms} ms later)`, async (t, setup) => {
    const { proxy, storage, direct } = setup
    const fault = once(setup, { kind: 'twice', share: 1, ms }, isCommit)
    await storage.kvSet('k', bytes(1))
    await fault
    await storage.kvSet('k', bytes(2))
    await proxy.deliver()
    t.is(proxy.counts.replays, 1)
    t.deepEqual(await direct.kvGet('k'), bytes(2))
    await storage.kvSet('k', bytes(3))
    t.deepEqual(await direct.kvGet('k'), bytes(3))
  })
}

proxied('a commit that arrives late does nothing', async (t, setup) => {
  const { proxy, storage, direct } = setup
  const fault = once(setup, { kind: 'late', share: 1, ms: 60_000 }, isCommit)
  await storage.kvSet('k', bytes(1))
  await fault
  t.deepEqual(await direct.kvGet('k'), bytes(1))
  await storage.kvSet('k', bytes(2))
  await proxy.deliver()
  t.is(proxy.counts.replays, 1)
  // It was refused for its number, and not for another reason.
  t.regex(proxy.counts.replayReplies[0]!.toString('latin1'), / void/)
  t.deepEqual(await direct.kvGet('k'), bytes(2))
})

proxied('a claim whose reply is lost is granted once', async (t, setup) => {
  const { proxy, storage, direct } = setup
  await direct.setPoolLimit('p', 1)
  const fault = once(setup, { kind: 'twice', share: 1, ms: 0 }, isCommit)
  const claim = await storage.claimConcurrencySlots({ pools: ['p'], runId: 'r', stepKey: 's' })
  await fault
  await proxy.deliver()
  const holders = await direct.getPoolSlotHolders('p')
  t.deepEqual(
    holders.map(holder => holder.token),
    [claim.token!],
  )
})

proxied('calls go on after resets and cuts', async (t, setup) => {
  const { proxy, storage, direct } = setup
  for (const fault of [
    { kind: 'reset', ms: 50 },
    { kind: 'cut', share: 0.3 },
    { kind: 'latency', ms: 20 },
  ] as const) {
    const before = proxy.counts.faults
    proxy.set(fault)
    for (let i = 0; i < 30 || proxy.counts.faults === before; i++) {
      await storage.kvSet('k', bytes(i))
      t.deepEqual(await direct.kvGet('k'), bytes(i))
    }
    proxy.set(null)
  }
})

proxied(
  'a call over a connection that is half-open, or loses messages, ends at its deadline',
  async (t, { proxy, storage, direct }) => {
    for (const fault of [{ kind: 'loss', share: 1 }, { kind: 'half-open' }] as const) {
      proxy.set(fault)
      const start = performance.now()
      const error = await t.throwsAsync(storage.kvSet(fault.kind, bytes(1)))
      const took = performance.now() - start
      t.true(isStorageError(error) && ['ERR_TIMEOUT', 'ERR_UNAVAILABLE'].includes(error.code), String(error))
      t.true(took >= 700 && took < 2000, `${took} ms`)
      proxy.set(null)
    }
    // A dead connection is noticed, and made anew.
    await until(
      () =>
        storage.kvSet('k', bytes(2)).then(
          () => true,
          () => false,
        ),
      'a new connection',
    )
    t.deepEqual(await direct.kvKeys(), ['k'])
  },
  { timeout: 1000 },
)
