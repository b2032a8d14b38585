// A store on a server, seen by two storage objects with a connection each, as two processes would see it.
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { onServer } from '../helpers/on-server.js'
import { startProxy } from '../helpers/proxy.js'
import { Random } from '../helpers/random.js'

let server: Server

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
  })
  test.after.always(() => server?.stop())
}

let databases = 0

function shared(title: string, scenario: (t: ExecutionContext, a: Storage, b: Storage) => Promise<void>): void {
  onServer(title, async t => {
    const database = `shared_${++databases}`
    const open = (): Promise<Storage> => Storage.connect(server.endpoint, { database })
    const [a, b] = await Promise.all([open(), open()])
    try {
      await scenario(t, a, b)
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  })
}

shared('what one writes the other reads', async (t, a, b) => {
  await a.kvSet('k', Buffer.from('v'))
  t.deepEqual(await b.kvGet('k'), Buffer.from('v'))
  await b.createRun({ runId: 'r', jobName: 'j' })
  t.is(a.getRunSync('r')?.jobName, 'j')
  t.is(a.type, 'Remote')
})

shared('claims of both never exceed the limit, and every token is different', async (t, a, b) => {
  await a.setPoolLimit('p', 3)
  const tokens: number[] = []
  let used = 0
  let most = 0
  const work = async (storage: Storage, name: string): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      const lease = await storage.acquireSlots({ pools: ['p'], runId: name, stepKey: `s${i}`, timeout: '60s' })
      most = Math.max(most, ++used)
      tokens.push(lease.token)
      await new Promise(resolve => setTimeout(resolve, 2))
      used--
      await lease.release()
    }
  }
  await Promise.all([a, b].flatMap((storage, s) => [0, 1, 2].map(w => work(storage, `${s}-${w}`))))
  t.true(most <= 3, `${most}`)
  t.is(new Set(tokens).size, 60)
  t.is((await b.getPoolInfo('p'))?.claimedCount, 0)
})

shared('a wait is granted when the other one frees', async (t, a, b) => {
  await a.setPoolLimit('p', 1)
  const held = await a.acquireSlots({ pools: ['p'], runId: 'r', stepKey: 'a' })
  const waiting = b.acquireSlots({ pools: ['p'], runId: 'r', stepKey: 'b', timeout: '20s' })
  await new Promise(resolve => setTimeout(resolve, 300))
  await held.release()
  const start = Date.now()
  const lease = await waiting
  t.true(Date.now() - start < 2000, `${Date.now() - start} ms`)
  t.true(lease.token > held.token)
})

shared(
  'changes of pools by the one take turns with the claims of the other, and none waits for its deadline',
  async (t, a, b) => {
    await a.setPoolLimit('p', 4)
    let claims = 0
    const turn = { isOver: false }
    const claim = async (name: string): Promise<void> => {
      for (let i = 0; !turn.isOver; i++) {
        const lease = await a.acquireSlots({ pools: ['p'], runId: name, stepKey: `s${i}`, timeout: '20s' })
        claims++
        await lease.release()
      }
    }
    const claiming = Promise.all(['w', 'x', 'y', 'z'].map(claim))
    let longest = 0
    const timed = async (change: Promise<unknown>): Promise<void> => {
      const start = Date.now()
      await change
      longest = Math.max(longest, Date.now() - start)
    }
    for (let i = 0; i < 10; i++) {
      const runId = `r${i}`
      await b.createRun({ runId, jobName: 'j' })
      await b.acquireSlots({ pools: ['p'], runId, stepKey: 's', timeout: '20s' })
      await timed(b.setPoolLimit('p', 4 + i))
      await timed(b.setPoolLimit(`other ${i}`, 1))
      await timed(b.setRunOutcome(runId, { status: 'Success', completedSteps: 1, totalSteps: 1 }))
      await timed(b.deletePoolLimit(`other ${i}`))
      await timed(b.deleteRun(runId))
    }
    turn.isOver = true
    await claiming
    t.true(longest < 2000, `${longest} ms`)
    t.true(claims >= 50, `${claims} claims`)
    t.is((await b.getPoolInfo('p'))?.claimedCount, 0)
  },
)

onServer('without notifications a wait is granted within two seconds, and an answer comes', async t => {
  const database = 'deaf'
  const proxies = await Promise.all([1, 2].map(seed => startProxy(server.endpoint, new Random(seed))))
  const [a, b] = await Promise.all(proxies.map(({ endpoint }) => Storage.connect(endpoint, { database })))
  try {
    await a!.setPoolLimit('p', 1)
    for (const proxy of proxies) proxy.set({ kind: 'notices', share: 1, ms: 60_000 })
    for (const [holder, waiter] of [
      [a!, b!],
      [b!, a!],
    ] as const) {
      const held = await holder.acquireSlots({ pools: ['p'], runId: 'r', stepKey: 'a', timeout: '20s' })
      const waiting = waiter.acquireSlots({ pools: ['p'], runId: 'r', stepKey: 'b', timeout: '20s' })
      while ((await a!.getPoolInfo('p')).pendingCount === 0) await new Promise(resolve => setTimeout(resolve, 10))
      await held.release()
      const start = Date.now()
      const lease = await waiting
      t.true(Date.now() - start < 2000, `${Date.now() - start} ms`)
      await lease.release()
    }
    t.true(proxies.some(proxy => proxy.counts.faults > 0))
  } finally {
    await Promise.all([a!.close(), b!.close()])
    await Promise.all(proxies.map(proxy => proxy.stop()))
  }
})

shared('large calls of the process that decides hold up no claim of the other', async (t, a, b) => {
  await a.setPoolLimit('p', 1)
  const events = Array.from({ length: 5000 }, (_, i) => ({
    runId: 'r',
    eventType: 'Observation' as const,
    assetKey: `a${i}`,
  }))
  const turn = { isOver: false }
  let longestCall = 0
  const storing = (async () => {
    while (!turn.isOver) {
      const start = performance.now()
      await a.storeEvents(events)
      longestCall = Math.max(longestCall, performance.now() - start)
    }
  })()
  const claims: number[] = []
  for (let i = 0; i < 20; i++) {
    const start = performance.now()
    await b.claimConcurrencySlots({ pools: ['p'], runId: 'claims', stepKey: 's' })
    await b.freeConcurrencySlots('claims', 's')
    claims.push(performance.now() - start)
  }
  turn.isOver = true
  await storing
  const median = claims.toSorted((x, y) => x - y)[claims.length / 2]!
  t.log(
    `A call of 5,000 events takes up to ${Math.round(longestCall)} ms, a claim and its release ${Math.round(median)} ms.`,
  )
  t.true(median < longestCall / 4)
})

for (const caller of ['that decides', 'that does not decide'])
  shared(`a long call under a lease of the process ${caller} ends, and the lease is kept`, async (t, a, b) => {
    await a.setPoolLimit('p', 1)
    const storage = caller === 'that decides' ? a : b
    const events = Array.from({ length: 10_000 }, () => ({
      runId: 'r',
      eventType: 'Observation' as const,
      assetKey: 'a',
    }))
    const start = performance.now()
    await storage.storeEvents(events)
    const took = performance.now() - start
    // A third of it is shorter than the call.
    const leaseDuration = Math.round(2 * took)
    const lease = await storage.acquireSlots({ pools: 'p', runId: 'r', stepKey: 's', leaseDuration })
    t.is((await storage.storeEvents(events, { lease })).length, events.length)
    t.true(lease.live)
    await lease.release()
  })

shared('a request to cancel a run ends the waits of the other one', async (t, a, b) => {
  await a.setPoolLimit('p', 1)
  const held = await a.acquireSlots({ pools: ['p'], runId: 'r', stepKey: 'a' })
  await b.createRun({ runId: 'waiting', jobName: 'j' })
  const waiting = b.acquireSlots({ pools: ['p'], runId: 'waiting', stepKey: 'b', timeout: '20s' })
  while ((await a.getPoolInfo('p')).pendingCount === 0) await new Promise(resolve => setTimeout(resolve, 10))
  const start = Date.now()
  await a.requestCancellation('waiting')
  await t.throwsAsync(waiting, { code: 'ERR_CANCELLED' })
  t.true(Date.now() - start < 900, `${Date.now() - start} ms`)
  await held.release()
})

onServer('what a process that is long gone left behind is removed', async t => {
  const database = 'gone'
  const sql = async (text: string): Promise<string> => {
    const headers = { Accept: 'application/json', 'surreal-ns': 'rivers', 'surreal-db': database }
    const body = text
    return (await fetch(`${server.endpoint.replace('ws', 'http')}/sql`, { method: 'POST', headers, body })).text()
  }
  const connect = (): Promise<Storage> => Storage.connect(server.endpoint, { database })
  const first = await connect()
  await first.close()
  await sql(
    'CREATE remote_process:gone SET n = 3, seen = 1; CREATE remote_call:gone SET calls = [], read = 0, version = 0',
  )
  const elected = await connect()
  await elected.setPoolLimit('p', 1)
  const rows = (): Promise<string> => sql('SELECT VALUE id FROM remote_process, remote_call')
  const left = async (): Promise<boolean> => (await rows()).includes(':gone')
  for (let i = 0; i < 100 && (await left()); i++) await new Promise(resolve => setTimeout(resolve, 50))
  t.false(await left(), await rows())
  t.true((await rows()).includes('remote_process:'), 'the process that is there stays')
  await elected.close()
})

const crowd = (): Promise<Storage> => Storage.connect(server.endpoint, { database: 'crowded' })

onServer('a hundred clients connect at once, also to an empty database', async t => {
  for (const round of ['empty', 'in use']) {
    const storages = await Promise.all(Array.from({ length: 100 }, crowd))
    await Promise.all(storages.map((storage, i) => storage.kvSet(`${round} ${i}`, Buffer.from([i]))))
    t.is((await storages[0]!.kvKeys({ prefix: round })).length, 100)
    await Promise.all(storages.map(storage => storage.close()))
  }
})
