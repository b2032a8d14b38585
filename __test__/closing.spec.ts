import { rm } from 'node:fs/promises'
import type { SlotLease } from 'rivers-storage'
import { embedded, givenBack, onBoth, type Opened } from './helpers/everywhere.js'
import { isError, rejects } from './helpers/rejects.js'
import { until } from './helpers/until.js'

// Leases whose storage object is closed: they are lost, and the store still holds their slots.

const slot = (stepKey: string) => ({ runId: 'r', stepKey, pools: 'db' })

onBoth('a lease whose storage was closed says so, whenever it is asked', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const lease = await s.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
  const closed = s.close()
  t.false(lease.live)
  await until(() => lease.signal.aborted, 'the signal')
  isError(t, lease.signal.reason, 'ERR_CLOSED')
  await closed
  // Nobody has the store: there is nothing to release, and that is no error.
  await lease.release()
  lease.releaseSync()
})

async function acquire({ s, storage }: Opened): Promise<SlotLease> {
  await s.setPoolLimit('db', 1)
  return storage.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
}

/** Both forms of the release. */
const RELEASES: [string, (lease: SlotLease) => unknown][] = [
  ['release()', lease => lease.release()],
  ['releaseSync()', lease => lease.releaseSync()],
]
for (const [way, release] of RELEASES) {
  embedded(`${way} after close frees the slots when the store is open elsewhere`, async (t, open) => {
    const [first, other] = [await open(), await open({ codeLocation: 'elsewhere' })]
    await first.s.setPoolLimit('db', 1)
    const lease = await first.storage.acquireSlots({ ...slot('a'), leaseDuration: '1h', events: true })
    const third = await open()
    const next = third.storage.acquireSlots(slot('b'))
    await until(async () => (await third.s.getPoolInfo('db')).pendingCount === 1, 'the wait')
    await first.s.close()
    t.is((await third.s.getPoolSlotHolders('db'))[0]?.token, lease.token)
    await release(lease)
    // It is granted at once to whoever waits.
    const granted = await next
    t.deepEqual(
      (await third.s.getPoolSlotHolders('db')).map(holder => holder.token),
      [granted.token],
    )
    t.is((await other.s.getEventsForRun('r')).at(-1)?.eventType, 'StepSlotReleased')
    // It stays what it was: lost, since its storage was closed.
    t.false(lease.live)
    await until(() => lease.signal.aborted, 'the signal')
    isError(t, lease.signal.reason, 'ERR_CLOSED')
    await release(lease)
    t.is((await third.s.getPoolInfo('db')).claimedCount, 1)
    await granted.release()
  })

  embedded(`${way} after close does not free what was granted to somebody else since`, async (t, open) => {
    const [first, other] = [await open(), await open()]
    const lease = await acquire(first)
    await first.s.close()
    const again = await other.storage.acquireSlots({ ...slot('a'), leaseDuration: '1h' })
    await release(lease)
    t.true(again.live)
    t.is((await other.s.getPoolSlotHolders('db'))[0]?.token, again.token)
  })

  embedded(`${way} after close knows the store when it is open again, and no other one`, async (t, open, path) => {
    const first = await open()
    const lease = await acquire(first)
    await first.s.close()
    const again = await open()
    t.is((await again.s.getPoolInfo('db')).claimedCount, 1)
    await release(lease)
    t.is((await again.s.getPoolInfo('db')).claimedCount, 0)
    const old = await acquire(again)
    await again.s.close()
    await rm(path, { recursive: true })
    const another = await open()
    await acquire(another)
    // As it would be if tokens alone counted.
    while ((await another.s.getPoolSlotHolders('db'))[0]!.token < old.token) {
      await another.s.claimConcurrencySlots({ ...slot('a'), attempt: String(Math.random()), leaseDuration: '1h' })
    }
    t.is((await another.s.getPoolSlotHolders('db'))[0]?.token, old.token)
    await release(old)
    t.is((await another.s.getPoolInfo('db')).claimedCount, 1)
  })

  embedded(`${way} while its storage is closing does nothing; before that it frees the slots`, async (t, open) => {
    for (let i = 0; i < 8; i++) {
      const first = await open()
      await first.s.setPoolLimit('db', 2)
      const acquire = (stepKey: string): Promise<SlotLease> =>
        first.storage.acquireSlots({ ...slot(stepKey), leaseDuration: '1h' })
      const [before, after] = [await acquire(`before${i}`), await acquire(`after${i}`)]
      const released = release(before)
      const closed = first.storage.close()
      await release(after)
      await Promise.all([released, closed])
      const { s, storage } = await open()
      t.deepEqual(
        (await s.getPoolSlotHolders('db')).map(holder => holder.stepKey),
        [`after${i}`],
      )
      await s.freeConcurrencySlotsForRun('r')
      await storage.close()
    }
  })

  embedded(`${way} while all who have the store close it is no error, and keeps none open`, async (t, open, path) => {
    for (let i = 0; i < 8; i++) {
      const [first, other] = [await open({ durability: 'relaxed' }), await open()]
      const lease = await acquire(first)
      const closed = [first.storage.close()]
      const released = release(lease)
      closed.push(other.storage.close())
      await Promise.all([...closed, released])
      t.true(await givenBack(path))
      // The other one was open when it was asked.
      const { s, storage } = await open({ durability: 'relaxed' })
      t.is((await s.getPoolInfo('db')).claimedCount, 0)
      await storage.close()
    }
  })
}

embedded('work whose storage was closed gives its slots back when the store is open elsewhere', async (t, open) => {
  const [first, other] = [await open(), await open()]
  await first.s.setPoolLimit('db', 1)
  const work = first.storage.withSlots({ ...slot('a'), leaseDuration: '1h' }, async lease => {
    await first.s.close()
    t.false(lease.live)
    await until(() => lease.signal.aborted, 'the signal')
    isError(t, lease.signal.reason, 'ERR_CLOSED')
  })
  await rejects(t, 'ERR_CLOSED', () => work)
  t.is((await other.s.getPoolInfo('db')).claimedCount, 0)
})
