import type { Storage } from 'rivers-storage'
import { embedded, onBoth, onManualClock } from './helpers/everywhere.js'
import { failureOf, isError, rejects } from './helpers/rejects.js'
import { block, until } from './helpers/until.js'

// How a wait ends without a grant, and how a lease lives and dies with time.

const slot = (stepKey: string, runId = 'r') => ({ runId, stepKey, pools: 'db' })
const waiting = (s: Storage, count: number): Promise<void> =>
  until(() => s.getPoolInfoSync('db').pendingCount === count, `${count} waiters`)

onBoth('an aborted wait rejects with the reason of its signal and leaves the queue', async (t, s) => {
  const controller = new AbortController()
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots(slot('holds', 'h'))
  const failure = failureOf(s.acquireSlots({ ...slot('waits', 'w'), signal: controller.signal }))
  await waiting(s, 1)
  const reason = new Error('no longer needed')
  controller.abort(reason)
  t.is(await failure, reason)
  t.is(s.getPoolInfoSync('db').pendingCount, 0)
  t.is(s.getPoolInfoSync('db').claimedCount, 1)
})

onBoth('a signal that is aborted already keeps the wait from beginning', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const reason = { any: 'value' }
  t.is(await failureOf(s.acquireSlots({ ...slot('a'), signal: AbortSignal.abort(reason) })), reason)
  let worked = false
  t.is(
    await failureOf(s.withSlots({ ...slot('a'), signal: AbortSignal.abort(reason) }, async () => (worked = true))),
    reason,
  )
  t.false(worked)
  t.is(s.getPoolInfoSync('db').claimedCount, 0)
})

onBoth("the caller's own listeners on the signal stay", async (t, s) => {
  const controller = new AbortController()
  let heard = 0
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is what must not be overwritten
  controller.signal.onabort = () => heard++
  controller.signal.addEventListener('abort', () => heard++)
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots(slot('holds'))
  const failure = failureOf(s.acquireSlots({ ...slot('a'), signal: controller.signal }))
  controller.abort()
  t.is(await failure, controller.signal.reason)
  t.is(heard, 2)
})

onBoth('a wait ends with its timeout', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots(slot('holds', 'h'))
  await rejects(t, 'ERR_TIMEOUT', () => s.acquireSlots({ ...slot('a'), timeout: 30 }), /db/)
  t.is(s.getPoolInfoSync('db').pendingCount, 0)
})

const FAILURE = { status: 'Failure', completedSteps: 0, totalSteps: 1 } as const
const REMOVALS: [string, (s: Storage) => Promise<unknown>][] = [
  ['the run is asked to cancel', s => s.requestCancellation('w')],
  ['its step is freed', s => s.freeConcurrencySlots('w', 'waits')],
  ['its run is freed', s => s.freeConcurrencySlotsForRun('w')],
  ['its queued run is cancelled', async s => (await s.enqueueRun({ runId: 'w' }), s.cancelQueuedRun('w'))],
  ['its run is deleted', async s => (await s.createRun({ runId: 'w', status: 'Success' }), s.deleteRun('w'))],
  ['its run has an outcome', async s => (await s.createRun({ runId: 'w' }), s.setRunOutcome('w', FAILURE))],
]
for (const [title, remove] of REMOVALS) {
  onBoth(`a wait is over when ${title}`, async (t, s) => {
    await s.setPoolLimit('db', 1)
    await s.claimConcurrencySlots(slot('holds', 'h'))
    const failure = failureOf(s.acquireSlots(slot('waits', 'w')))
    await waiting(s, 1)
    await remove(s)
    isError(t, await failure, 'ERR_CANCELLED', /w/)
    t.is(s.getPoolInfoSync('db').pendingCount, 0)
  })
}

onBoth('a run that was asked to cancel acquires nothing, not even a free slot', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.requestCancellation('r')
  await rejects(t, 'ERR_CANCELLED', () => s.acquireSlots(slot('a')), /r/)
  t.is(s.getPoolInfoSync('db').claimedCount, 0)
})

onBoth('closing ends waits and leases', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
  const failure = failureOf(s.acquireSlots(slot('b')))
  await waiting(s, 1)
  await s.close()
  isError(t, await failure, 'ERR_CLOSED')
  t.false(lease.live)
  await until(() => lease.signal.aborted, 'the signal')
  isError(t, lease.signal.reason, 'ERR_CLOSED')
  // After close there is nothing to release, and that is no error.
  await lease.release()
  lease.releaseSync()
})

onBoth('a lease is renewed natively while the event loop is blocked', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: 300 })
  const granted = lease.expiresAt
  // Real time is the point: three times the lease, with no turn of the event loop.
  block(900)
  t.true(lease.live)
  t.is(s.getPoolInfoSync('db').claimedCount, 1)
  t.true(lease.expiresAt > granted + 500)
  t.false(s.claimConcurrencySlotsSync(slot('b')).isClaimed)
  t.false(lease.signal.aborted)
  await lease.release()
})

embedded('slots held at close stay taken until their lease is over', async (t, open) => {
  const first = await open()
  await first.s.setPoolLimit('db', 1)
  const lease = await first.storage.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
  await first.s.close()
  await lease.release()
  const { s } = await open()
  const [holder] = await s.getPoolSlotHolders('db')
  t.is(holder?.token, lease.token)
})

onManualClock('a timeout comes when time has passed, not before', async (t, _s, pass, storage) => {
  await storage.setPoolLimit('db', 1)
  await storage.claimConcurrencySlots({ ...slot('holds'), leaseDuration: '1h' })
  let over = false
  const failure = failureOf(storage.acquireSlots({ ...slot('a'), timeout: '10s' })).finally(() => (over = true))
  await waiting(storage, 1)
  pass(9_999)
  await new Promise(setImmediate)
  t.false(over)
  pass(1)
  t.is(storage.getPoolInfoSync('db').pendingCount, 0)
  isError(t, await failure, 'ERR_TIMEOUT')
})

onManualClock(
  'a lease that is kept outlives its duration many times; one with renew: false ends',
  async (t, s, pass, storage) => {
    await s.setPoolLimit('db', 2)
    const kept = await storage.acquireSlots({ ...slot('kept'), leaseDuration: '1s' })
    const left = await storage.acquireSlots({ ...slot('left'), leaseDuration: '1s', renew: false })
    pass('1h')
    t.true(kept.live)
    t.false(left.live)
    t.deepEqual(
      (await s.getPoolSlotHolders('db')).map(holder => holder.stepKey),
      ['kept'],
    )
    await until(() => left.signal.aborted, 'the signal')
    isError(t, left.signal.reason, 'ERR_LEASE_LOST')
    t.false(kept.signal.aborted)
    await kept.release()
  },
)

onManualClock('an expired lease wakes the waiter at that moment', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots({ ...slot('a'), leaseDuration: '10s' })
  const lease = storage.acquireSlots({ ...slot('b'), leaseDuration: '1m' })
  await waiting(storage, 1)
  pass('30s')
  // Granted at 10 s, renewed at a third of the minute ever since.
  const { claimedAt } = (await s.getPoolSlotHolders('db'))[0]!
  t.is(claimedAt, 10_000)
  t.true((await lease).live)
})

onManualClock('work whose lease was lost fails with that, whatever it did itself', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 2)
  const claim = { leaseDuration: '1s', renew: false }
  const lose = async (): Promise<string> => (pass('2s'), 'done')
  isError(t, await failureOf(storage.withSlots({ ...slot('a'), ...claim }, lose)), 'ERR_LEASE_LOST')
  const boom = new Error('boom')
  const error = isError(
    t,
    await failureOf(
      storage.withSlots({ ...slot('b'), ...claim }, async () => {
        await lose()
        throw boom
      }),
    ),
    'ERR_LEASE_LOST',
  )
  t.is(error.cause, boom)
})
