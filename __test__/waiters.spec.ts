import { embedded, everywhere, onBoth, onManualClock } from './helpers/everywhere.js'
import { until } from './helpers/until.js'

// Who waits for a pool.

everywhere('waiters are listed in queue order, with what blocks each', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 1)
  await s.claimConcurrencySlots({ runId: 'h', stepKey: 'holds', pools: ['db', 'api'] })
  const before = Date.now()
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'both', pools: ['db', 'api'] })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'wide', pools: { db: 3 } })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'first', pools: 'db', priority: 2147483647 })
  await s.claimConcurrencySlots({ runId: 'q', stepKey: 'last', pools: 'db', priority: -1 })
  const waiters = await s.getPoolWaiters('db')
  t.true(waiters.every(({ enqueuedAt }) => Math.abs(enqueuedAt - before) < 5_000))
  const full = { poolKey: 'db', claimed: 1, limit: 1, unsatisfiable: false, reserved: false }
  const one = { kind: 'pool_full', ...full, pools: [] }
  const both = {
    kind: 'pools_full',
    ...full,
    pools: ['db', 'api'].map(poolKey => ({ poolKey, claimed: 1, limit: 1 })),
  }
  t.deepEqual(
    waiters.map(waiter => ({ ...waiter, enqueuedAt: 0 })),
    [
      { runId: 'r', stepKey: 'first', slots: 1, priority: 2147483647, position: 1, reason: one },
      { runId: 'r', stepKey: 'both', slots: 1, priority: 0, position: 2, reason: both },
      { runId: 'r', stepKey: 'wide', slots: 3, priority: 0, position: 3, reason: { ...one, unsatisfiable: true } },
      { runId: 'q', stepKey: 'last', slots: 1, priority: -1, position: 4, reason: one },
    ].map(waiter => ({ ...waiter, enqueuedAt: 0 })) as never,
  )
  t.deepEqual(
    (await s.getPoolWaiters('api')).map(({ stepKey, position }) => [stepKey, position]),
    [['both', 1]],
  )
})

everywhere('nobody waits for an unknown pool, nor for one with room', async (t, s) => {
  t.deepEqual(await s.getPoolWaiters('ghost'), [])
  await s.setPoolLimit('', 1)
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: '' })
  t.deepEqual(await s.getPoolWaiters(''), [])
})

everywhere('the rank of a waiter is what its claim is answered', async (t, s) => {
  await s.setPoolLimit('db', 0)
  const claim = (stepKey: string) =>
    s.claimConcurrencySlots({ runId: 'r', stepKey, pools: 'db', priority: stepKey.length })
  for (const step of ['a', 'bbb', 'bb', 'c']) await claim(step)
  for (const { stepKey, position } of await s.getPoolWaiters('db')) t.is((await claim(stepKey)).position, position)
})

everywhere('who was granted, left or asked for other pools waits no longer', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 0)
  const claim = (stepKey: string, pools = 'db') => s.claimConcurrencySlots({ runId: 'r', stepKey, pools })
  for (const step of ['holds', 'granted', 'left', 'turned']) await claim(step)
  await s.freeConcurrencySlots('r', 'holds')
  await claim('granted')
  await s.freeConcurrencySlots('r', 'left')
  await claim('turned', 'api')
  t.deepEqual(await s.getPoolWaiters('db'), [])
  t.deepEqual(
    (await s.getPoolWaiters('api')).map(({ stepKey }) => stepKey),
    ['turned'],
  )
})

everywhere('listing changes nothing', async (t, s) => {
  await s.setPoolLimit('db', 1)
  for (const stepKey of ['a', 'b', 'c']) await s.claimConcurrencySlots({ runId: 'r', stepKey, pools: 'db' })
  const waiters = await s.getPoolWaiters('db')
  for (let i = 0; i < 40; i++) t.deepEqual(await s.getPoolWaiters('db'), waiters)
  t.is((await s.getPoolInfo('db')).pendingCount, 2)
})

onManualClock('a waiter is shown until its time is over, with when it came first', async (t, s, pass) => {
  await s.setPoolLimit('db', 0)
  const claim = () => s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: 'db', waitTtl: '2s' })
  pass(7)
  await claim()
  pass(1_500)
  await claim()
  pass(1_999)
  t.deepEqual(
    (await s.getPoolWaiters('db')).map(({ enqueuedAt }) => enqueuedAt),
    [7],
  )
  pass(1)
  t.deepEqual(await s.getPoolWaiters('db'), [])
})

onManualClock('who may have a slot that is kept for another is told so', async (t, s) => {
  await s.setPoolLimit('db', 1)
  for (const stepKey of ['holds', 'head', 'next']) await s.claimConcurrencySlots({ runId: 'r', stepKey, pools: 'db' })
  await s.freeConcurrencySlots('r', 'holds')
  const [head, next] = await s.getPoolWaiters('db')
  t.deepEqual([head?.reason.claimed, head?.reason.reserved], [0, false])
  t.deepEqual([next?.reason.claimed, next?.reason.reserved], [0, true])
})

onBoth('those who wait natively are listed like others', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ runId: 'r', stepKey: 'holds', pools: 'db' })
  const waiting = s.acquireSlots({ runId: 'r', stepKey: 'waits', pools: 'db', priority: 3 })
  await until(async () => (await s.getPoolWaiters('db')).length === 1, 'a waiter')
  const [waiter] = s.getPoolWaitersSync('db')
  t.deepEqual([waiter?.stepKey, waiter?.priority, waiter?.position], ['waits', 3, 1])
  await lease.release()
  t.true((await waiting).live)
  t.deepEqual(await s.getPoolWaiters('db'), [])
})

embedded('queues belong to a code location', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  for (const { s } of [a, b]) await s.setPoolLimit('db', 0)
  await a.s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: 'db', waitTtl: '1h' })
  t.deepEqual(await b.s.getPoolWaiters('db'), [])
  const waiters = await a.s.getPoolWaiters('db')
  t.is(waiters.length, 1)
  await a.s.close()
  await b.s.close()
  t.deepEqual(await (await open({ codeLocation: 'a' })).s.getPoolWaiters('db'), waiters)
})
