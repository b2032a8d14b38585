import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test, { type ExecutionContext } from 'ava'
import { Storage, type SlotLease } from 'rivers-storage'
import { givenBack, onBoth, onManualClock, withStorage } from './helpers/everywhere.js'
import { isError } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'
import { until } from './helpers/until.js'

// What keeps a lease from the garbage collector, and what a lease keeps from it.

const slot = (stepKey: string) => ({ runId: 'r', stepKey, pools: 'db' })
/** Long enough to be renewed in time on a busy machine. */
const LEASE = 500
const claimed = (s: Storage): number => s.getPoolInfoSync('db').claimedCount

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** In a function of its own, so that nothing on the stack holds on to the lease. */
async function acquireAnd<T>(s: Storage, stepKey: string, keep: (lease: SlotLease) => T): Promise<T> {
  return keep(await s.acquireSlots({ ...slot(stepKey), leaseDuration: LEASE }))
}

/** Collects garbage, with turns of the event loop in between, for longer than a lease lasts. */
async function collectForAWhile(): Promise<void> {
  const end = Date.now() + 1.5 * LEASE
  while (Date.now() < end) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const collected = (ref: WeakRef<object>, what: string): Promise<void> =>
  until(() => {
    collectGarbage()
    return ref.deref() === undefined
  }, `${what} is collected`)

const holders = (s: Storage): string[] => s.getPoolSlotHoldersSync('db').map(holder => holder.stepKey)

onBoth('a lease that nobody can reach is not renewed for ever; one whose signal was read is', async (t, s) => {
  await s.setPoolLimit('db', 3)
  await acquireAnd(s, 'forgotten', () => undefined)
  const signal = await acquireAnd(s, 'remembered', lease => lease.signal)
  // Nothing is held of this one.
  await acquireAnd(s, 'read', lease => lease.signal.aborted)
  await until(() => {
    collectGarbage()
    return !holders(s).includes('forgotten')
  }, 'the end of the forgotten lease')
  await collectForAWhile()
  t.deepEqual(holders(s).toSorted(), ['read', 'remembered'])
  t.false(signal.aborted)
})

onBoth('a signal made of the signal aborts, though nothing else of the lease is held', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const derived = await acquireAnd(s, 'a', lease => AbortSignal.any([lease.signal]))
  await collectForAWhile()
  t.is(claimed(s), 1)
  t.false(derived.aborted)
  await s.freeConcurrencySlots('r', 'a')
  await until(() => derived.aborted, 'the signal')
  isError(t, derived.reason, 'ERR_LEASE_LOST')
})

onManualClock('a lease that was collected keeps its slots until its expiry', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 1)
  const lease = new WeakRef(await acquireAnd(storage, 'a', lease => lease))
  const { token } = (await s.getPoolSlotHolders('db'))[0]!
  await collected(lease, 'the lease')
  await new Promise(setImmediate)
  // Its token may be in use where nobody sees it.
  t.is(claimed(storage), 1)
  pass(LEASE - 1)
  await s.storeEvent(
    { eventType: 'StepStart', runId: 'r', assetKey: 'a' },
    { lease: { runId: 'r', stepKey: 'a', token } },
  )
  pass(1)
  t.is(claimed(storage), 0)
})

/** Each way to end a lease, with the signal read before. */
const ENDS: [string, (s: Storage, lease: SlotLease) => unknown][] = [
  ['release()', (_, lease) => lease.release()],
  ['releaseSync()', (_, lease) => lease.releaseSync()],
  ['its loss', s => s.freeConcurrencySlots('r', 'a')],
]
for (const [way, end] of ENDS) {
  onBoth(`a lease whose signal was read is let go by ${way}`, async (t, s) => {
    await s.setPoolLimit('db', 1)
    const endAnd = async (): Promise<WeakRef<SlotLease>> => {
      const lease = await acquireAnd(s, 'a', lease => lease)
      t.false(lease.signal.aborted)
      await end(s, lease)
      t.false(lease.live)
      return new WeakRef(lease)
    }
    await collected(await endAnd(), 'the lease')
    t.is(claimed(s), 0)
  })
}

/** Opens, acquires, and keeps nothing but what it returns. */
async function openAndAcquire(opening: Promise<Storage>): Promise<[SlotLease, WeakRef<Storage>]> {
  const storage = await opening
  await storage.setPoolLimit('db', 1)
  return [await storage.acquireSlots({ ...slot('a'), leaseDuration: LEASE }), new WeakRef(storage)]
}

async function staysLive(t: ExecutionContext, [lease, storage]: [SlotLease, WeakRef<Storage>]): Promise<SlotLease> {
  await collected(storage, 'the storage object')
  await collectForAWhile()
  t.true(lease.live)
  t.false(lease.signal.aborted)
  return lease
}

test('a lease is enough: it keeps its storage (memory)', async t => {
  const lease = await staysLive(t, await openAndAcquire(Storage.memory()))
  await lease.release()
  t.false(lease.live)
})

const onDisk = (work: (path: string) => Promise<void>): Promise<void> => inTempDir(dir => work(join(dir, 'db')))
const isGivenBack = (path: string): Promise<void> =>
  until(() => {
    collectGarbage()
    return givenBack(path)
  }, 'the path opens with another durability')

test('a lease is enough: it keeps its storage (embedded)', t =>
  onDisk(async path => {
    const lease = await staysLive(t, await openAndAcquire(Storage.embedded(path, { durability: 'relaxed' })))
    t.false(await givenBack(path))
    await lease.release()
    // Once it is released it needs no storage, whoever still has it.
    await isGivenBack(path)
    t.false(lease.live)
    await withStorage(Storage.embedded(path), async s => t.is(claimed(s), 0))
  }))

test('a lease that is lost, and one that was collected, keep no storage', t =>
  onDisk(async path => {
    const open = (): Promise<Storage> => Storage.embedded(path, { durability: 'relaxed' })
    const other = await open()
    const [lost] = await openAndAcquire(open())
    t.false(lost.signal.aborted)
    await other.freeConcurrencySlots('r', 'a')
    await openAndAcquire(open())
    await other.close()
    await isGivenBack(path)
    t.false(lost.live)
  }))

test('a wait is enough: it keeps its storage until it is granted', t =>
  onDisk(async path => {
    const other = await Storage.embedded(path, { durability: 'relaxed' })
    await other.setPoolLimit('db', 1)
    const held = await other.acquireSlots(slot('held'))
    const wait = (async () => (await Storage.embedded(path)).acquireSlots(slot('waits')))()
    await until(() => other.getPoolInfoSync('db').pendingCount === 1, 'the wait')
    await collectForAWhile()
    await held.release()
    const lease = await wait
    t.true(lease.live)
    await lease.release()
    await other.close()
    await isGivenBack(path)
  }))

test('a storage that is closed gives its path back, whatever leases are kept', t =>
  onDisk(async path => {
    const s = await Storage.embedded(path, { durability: 'relaxed' })
    await s.setPoolLimit('db', 1)
    const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
    const { signal } = lease
    await s.close()
    t.true(await givenBack(path))
    await until(() => signal.aborted, 'the signal')
    isError(t, signal.reason, 'ERR_CLOSED')
    t.false(lease.live)
  }))

onBoth('withSlots keeps its lease while the work runs, whoever else does', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const work = (): Promise<WeakRef<SlotLease>> =>
    new Promise(resolve => {
      void s
        .withSlots({ ...slot('a'), leaseDuration: LEASE }, lease => {
          resolve(new WeakRef(lease))
          // Nobody can settle it: nothing else refers to the work.
          return new Promise(() => {})
        })
        .catch(() => {})
    })
  const lease = await work()
  await collectForAWhile()
  t.is(claimed(s), 1)
  t.true(lease.deref()?.live)
})
