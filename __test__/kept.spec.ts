import test from 'ava'
import { Storage } from 'rivers-storage'
import { onBoth, onManualClock, withStorage } from './helpers/everywhere.js'
import { isError } from './helpers/rejects.js'
import { block, until } from './helpers/until.js'

// Leases that keep themselves: what a blocked event loop and a lease that is over do to whom.

const slot = (stepKey: string) => ({ runId: 'r', stepKey, pools: 'db' })
const claimed = (s: Storage): number => s.getPoolInfoSync('db').claimedCount

test('an event loop that is blocked for a minute loses no lease of five seconds', async t => {
  t.timeout(120_000)
  await withStorage(Storage.memory(), async s => {
    await s.setPoolLimit('db', 1)
    const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '5s' })
    const { token } = lease
    block(60_000)
    t.true(lease.live)
    t.true(lease.expiresAt > Date.now() + 1000)
    t.deepEqual(
      s.getPoolSlotHoldersSync('db').map(holder => [holder.stepKey, holder.token]),
      [['a', token]],
    )
    t.false(s.claimConcurrencySlotsSync(slot('b')).isClaimed)
    await new Promise(setImmediate)
    t.false(lease.signal.aborted)
    await lease.release()
  })
})

onBoth('work hears that its lease is over before anybody else is granted the slot', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const order: string[] = []
  const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: 500, renew: false })
  lease.signal.addEventListener('abort', () => order.push(`aborted, live: ${lease.live}`), { once: true })
  const next = await s.acquireSlots(slot('b'))
  order.push('granted')
  t.deepEqual(order, ['aborted, live: false', 'granted'])
  isError(t, lease.signal.reason, 'ERR_LEASE_LOST')
  // A fifth of the lease lies between the two.
  const [holder] = await s.getPoolSlotHolders('db')
  t.true(holder!.claimedAt >= lease.expiresAt)
  await next.release()
})

onManualClock('the signal comes before the next grant, though both were due long ago', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 1)
  const order: string[] = []
  const lease = await storage.acquireSlots({ ...slot('a'), leaseDuration: '10s', renew: false })
  lease.signal.addEventListener('abort', () => order.push('aborted'), { once: true })
  const next = storage.acquireSlots(slot('b')).then(granted => (order.push('granted'), granted))
  await until(async () => (await s.getPoolInfo('db')).pendingCount === 1, 'the wait')
  pass('7999ms')
  t.true(lease.live)
  pass('1ms')
  t.false(lease.live)
  // Given up, and still held: nobody is granted the slot before the lease is over.
  t.is((await s.getPoolSlotHolders('db'))[0]?.stepKey, 'a')
  pass('1h')
  await next
  t.deepEqual(order, ['aborted', 'granted'])
  t.is((await s.getPoolSlotHolders('db'))[0]?.claimedAt, 10_000)
})

test('a grant that needs no waiting does not overtake the signal that is on its way', async t => {
  await withStorage(Storage.memory({ clock: 'manual' }), async s => {
    await s.setPoolLimit('db', 1)
    const order: string[] = []
    const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '10s', renew: false })
    lease.signal.addEventListener('abort', () => order.push('aborted'), { once: true })
    // The event loop has had no turn since.
    s.advanceTime('1h')
    const next = await s.acquireSlots(slot('b'))
    order.push('granted')
    t.deepEqual(order, ['aborted', 'granted'])
    await next.release()
  })
})

onBoth('releasing in the middle of renewals is quiet', async (t, s, backend) => {
  await s.setPoolLimit('db', 50)
  // A shorter lease does not outlast a busy machine: on a server, all renewals are commits of one after another.
  const leaseDuration = backend === 'remote' ? 3000 : 600
  const leases = await Promise.all(
    Array.from({ length: 50 }, (_, i) => s.acquireSlots({ ...slot(`s${i}`), leaseDuration })),
  )
  // Each is renewed at a third of its lease: the releases fall among the renewals.
  for (const [i, lease] of leases.entries()) {
    if (i % 10 === 0) await new Promise(resolve => setTimeout(resolve, leaseDuration / 6))
    await lease.release()
    t.false(lease.live)
    t.false(lease.signal.aborted)
  }
  t.is(claimed(s), 0)
})

onManualClock('a step whose lease is kept with events leaves a trace of each change', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 5)
  await s.claimConcurrencySlots({ ...slot('first'), leaseDuration: '30s' })
  const wait = storage.acquireSlots({
    runId: 'r',
    stepKey: 'second',
    pools: ['db', 'api'],
    leaseDuration: '30s',
    events: true,
  })
  await until(async () => (await s.getPoolInfo('db')).pendingCount === 1, 'the wait')
  pass('30s')
  const lease = await wait
  pass('10s')
  await lease.release()
  t.deepEqual(
    (await s.getEventsForRun('r')).map(event => [event.eventType, event.assetKey, event.timestamp, event.metadata]),
    [
      ['StepSlotWaiting', 'second', 0, [['reason', "pool 'db' full (1/1)"]]],
      ['StepSlotClaimed', 'second', 30_000, [['pools', 'db,api']]],
      ['StepSlotRenewed', 'second', 40_000, []],
      ['StepSlotReleased', 'second', 40_000, []],
    ],
  )
})
