import type { LeaseRef, SlotLease, Storage } from 'rivers-storage'
import { onBoth } from './helpers/everywhere.js'
import { bad, failureOf, isError, rejects } from './helpers/rejects.js'
import { until } from './helpers/until.js'

const claimed = (s: Storage): number => s.getPoolInfoSync('db').claimedCount
const waiting = (s: Storage, count: number): Promise<void> =>
  until(() => s.getPoolInfoSync('db').pendingCount === count, `${count} waiters`)
const slot = (stepKey: string) => ({ runId: 'r', stepKey, pools: 'db' })

onBoth('a free slot is acquired at once and released', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '1m' })
  t.deepEqual([lease.runId, lease.stepKey, lease.live, lease.signal.aborted], ['r', 'a', true, false])
  t.true(lease.signal instanceof AbortSignal)
  const [holder] = await s.getPoolSlotHolders('db')
  t.deepEqual([lease.token, lease.expiresAt], [holder!.token, holder!.leaseExpiresAt])
  await lease.release()
  t.false(lease.live)
  t.is(claimed(s), 0)
  // Again, in any form: nothing happens.
  await lease.release()
  lease.releaseSync()
})

onBoth('a lease in JSON is its reference, by which its writes are fenced', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots(slot('a'))
  const text = JSON.stringify(lease)
  t.is(text, JSON.stringify({ runId: 'r', stepKey: 'a', token: lease.token }))
  t.deepEqual(JSON.parse(JSON.stringify({ lease })), { lease: lease.toJSON() })
  const event = { eventType: 'StepStart', runId: 'r' } as const
  const reference = JSON.parse(text) as LeaseRef
  for (const named of [lease, reference]) {
    await s.storeEvent(event, { lease: named })
    s.storeEventSync(event, { lease: named })
  }
  t.is((await s.getEventsForRun('r')).length, 4)
  await lease.release()
  t.is(JSON.stringify(lease), text)
  await rejects(t, 'ERR_LEASE_LOST', () => s.storeEvent(event, { lease: reference }))
})

onBoth('the signal of a lease is one, and shows what became of the lease before it was read', async (t, s) => {
  await s.setPoolLimit('db', 3)
  const lease = (stepKey: string): Promise<SlotLease> => s.acquireSlots(slot(stepKey))
  const [lost, released, losing] = [await lease('a'), await lease('b'), await lease('c')]
  await s.freeConcurrencySlots('r', 'a')
  isError(t, lost.signal.reason, 'ERR_LEASE_LOST')
  t.is(lost.signal, lost.signal)
  // Lost in this turn of the event loop: whoever listens from now on is told.
  s.freeConcurrencySlotsSync('r', 'c')
  t.false(losing.live)
  t.false(losing.signal.aborted)
  await new Promise(resolve => losing.signal.addEventListener('abort', resolve))
  await released.release()
  t.false(released.signal.aborted)
  t.is(released.signal, released.signal)
  t.not(released.signal, lost.signal)
})

onBoth('a lease is released by releaseSync and by both dispose symbols', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const ways: ((lease: Awaited<ReturnType<Storage['acquireSlots']>>) => unknown)[] = [
    lease => lease.releaseSync(),
    lease => lease[Symbol.dispose](),
    lease => lease[Symbol.asyncDispose](),
  ]
  for (const release of ways) {
    const lease = await s.acquireSlots(slot('a'))
    t.is(claimed(s), 1)
    await release(lease)
    t.false(lease.live)
    t.is(claimed(s), 0)
  }
})

onBoth('releasing an old lease does not free the one that came after', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const old = await s.acquireSlots(slot('a'))
  await s.freeConcurrencySlots('r', 'a')
  t.true((await s.claimConcurrencySlots(slot('a'))).isClaimed)
  await old.release()
  t.is(claimed(s), 1)
})

onBoth('acquiring waits until a slot is released, counted as a waiter', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const first = await s.acquireSlots(slot('a'))
  let granted = false
  const second = s.acquireSlots(slot('b')).finally(() => (granted = true))
  await waiting(s, 1)
  t.false(granted)
  await first.release()
  t.true((await second).live)
  const { claimedCount, pendingCount } = s.getPoolInfoSync('db')
  t.deepEqual([claimedCount, pendingCount], [1, 0])
  t.true((await second).token > first.token)
})

onBoth('a waiter is woken by a freed run, a raised limit and an expired lease', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots({ runId: 'x', stepKey: 's', pools: 'db' })
  const a = s.acquireSlots(slot('a'))
  await waiting(s, 1)
  await s.freeConcurrencySlotsForRun('x')
  t.true((await a).live)
  const b = s.acquireSlots(slot('b'))
  await waiting(s, 1)
  await s.setPoolLimit('db', 2)
  t.true((await b).live)
  // Nobody renews it: the waiter gets it when its 50 ms are over.
  await (await b).release()
  await s.claimConcurrencySlots({ runId: 'x', stepKey: 's', pools: 'db', leaseDuration: 50 })
  t.true((await s.acquireSlots(slot('c'))).live)
})

onBoth('waiters are served by priority, then in the order they came', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const held = await s.acquireSlots(slot('held'))
  const order: string[] = []
  const wait = async (stepKey: string, priority: number): Promise<void> => {
    const lease = await s.acquireSlots({ ...slot(stepKey), priority })
    order.push(stepKey)
    await lease.release()
  }
  const waits: Promise<void>[] = []
  for (const [step, priority] of [
    ['low', -1],
    ['first', 0],
    ['second', 0],
    ['high', 5],
  ] as const) {
    waits.push(wait(step, priority))
    await waiting(s, waits.length)
  }
  await held.release()
  await Promise.all(waits)
  t.deepEqual(order, ['high', 'first', 'second', 'low'])
})

onBoth('withSlots passes on the result and releases', async (t, s) => {
  await s.setPoolLimit('db', 1)
  t.is(
    await s.withSlots(slot('a'), async lease => {
      t.true(lease.live)
      t.is(claimed(s), 1)
      return 42
    }),
    42,
  )
  t.is(claimed(s), 0)
})

onBoth('withSlots passes on the error of the work and releases', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const failure = new Error('boom')
  t.is(
    await failureOf(
      s.withSlots(slot('a'), async () => {
        throw failure
      }),
    ),
    failure,
  )
  t.is(
    await failureOf(
      s.withSlots(slot('a'), () => {
        throw failure
      }),
    ),
    failure,
  )
  t.is(claimed(s), 0)
})

onBoth('never more run at once than the limit lets, and all run in the end', async (t, s, backend) => {
  await s.setPoolLimit('db', 3)
  let running = 0
  let most = 0
  const ran = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      s.withSlots(slot(`s${i}`), async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return i
      }),
    ),
  )
  // Over a connection, a slot is held for less time than the next claim takes.
  if (backend === 'remote') t.true(most <= 3)
  else t.is(most, 3)
  t.deepEqual(
    ran,
    Array.from({ length: 60 }, (_, i) => i),
  )
  const { claimedCount, pendingCount } = s.getPoolInfoSync('db')
  t.deepEqual([claimedCount, pendingCount], [0, 0])
})

onBoth('several pools are acquired together or not at all', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 1)
  const api = await s.acquireSlots({ runId: 'r', stepKey: 'x', pools: 'api' })
  const both = s.acquireSlots({ runId: 'r', stepKey: 'y', pools: ['db', 'api'] })
  await waiting(s, 1)
  t.is(claimed(s), 0)
  await api.release()
  const lease = await both
  t.is(claimed(s), 1)
  await lease.release()
  t.deepEqual(
    s.getAllPoolInfosSync().map(pool => pool.claimedCount),
    [0, 0],
  )
})

onBoth('bad requests reject and leave nothing', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await rejects(t, 'ERR_NOT_FOUND', () => s.acquireSlots({ ...slot('a'), pools: 'ghost' }), /ghost/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...slot('a'), pools: [] }), /pools/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...slot('a'), leaseDuration: 99 }), /leaseDuration/, /99/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...slot('a'), timeout: 'soon' }), /timeout/, /soon/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...slot('a'), signal: bad({}) }), /signal/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...slot('a'), renew: bad('yes') }), /renew/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.withSlots(slot('a'), bad('work')), /\bwork\b/)
  t.is(claimed(s), 0)
})

onBoth('a second acquire of the same step by the same storage is a conflict at once', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots(slot('a'))
  await rejects(t, 'ERR_CONFLICT', () => s.acquireSlots(slot('a')), /a/)
  const b = s.acquireSlots(slot('b'))
  await waiting(s, 1)
  await rejects(t, 'ERR_CONFLICT', () => s.acquireSlots(slot('b')))
  await lease.release()
  await (await b).release()
  // Released, it may be acquired anew.
  await (await s.acquireSlots(slot('a'))).release()
  t.is(claimed(s), 0)
})

onBoth('what can never fit is a conflict at once, unless there is a timeout to wait for', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await rejects(t, 'ERR_CONFLICT', () => s.acquireSlots({ ...slot('a'), pools: { db: 2 } }), /db/)
  const patient = s.acquireSlots({ ...slot('b'), pools: { db: 2 }, timeout: '1m' })
  await waiting(s, 1)
  await s.setPoolLimit('db', 2)
  t.true((await patient).live)
})

onBoth('a lease lost to another attempt is dead at once, and its signal says so', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ ...slot('a'), attempt: '1' })
  const aborted = new Promise(resolve => lease.signal.addEventListener('abort', resolve, { once: true }))
  t.true((await s.claimConcurrencySlots({ ...slot('a'), attempt: '2' })).isClaimed)
  await aborted
  t.false(lease.live)
  isError(t, lease.signal.reason, 'ERR_LEASE_LOST')
  await lease.release()
  t.is(claimed(s), 1)
})
