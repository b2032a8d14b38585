import { join } from 'node:path'
import test from 'ava'
import { Storage, type LeaseRef } from 'rivers-storage'
import { inChild } from './helpers/child.js'
import { givenBack, onBoth, withStorage } from './helpers/everywhere.js'
import { inTempDir } from './helpers/temp.js'
import { until } from './helpers/until.js'
import { inWorker, startWorker } from './helpers/worker.js'

const inStore = (work: (path: string, s: Storage) => Promise<void>): Promise<void> =>
  inTempDir(dir => {
    const path = join(dir, 'db')
    return withStorage(Storage.embedded(path, { durability: 'relaxed' }), s => work(path, s))
  })

test('worker threads share one embedded store', t =>
  inStore(async (path, s) => {
    await s.setPoolLimit('db', 3)
    const counts = await Promise.all(
      [0, 1, 2, 3].map(id =>
        inWorker(
          async ({ Storage }, { path, id }, say) => {
            const own = id % 2 ? await Storage.embedded(path) : Storage.embeddedSync(path)
            for (let i = 0; i < 50; i++) {
              if (i % 2) own.kvSetSync(`${id}/${i}`, Buffer.from('v'))
              else await own.kvSet(`${id}/${i}`, Buffer.from('v'))
            }
            say((await own.claimConcurrencySlots({ runId: 'r', stepKey: `s${id}`, pools: 'db' })).isClaimed)
            await own.close()
          },
          { path, id },
        ),
      ),
    )
    t.is((await s.kvKeys({ limit: 1000 })).length, 200)
    t.is(counts.flat().filter(Boolean).length, 3)
    t.is((await s.getPoolInfo('db')).claimedCount, 3)
  }))

test('slots wander between worker threads, never more than the limit at once', t =>
  inStore(async (path, s) => {
    await s.setPoolLimit('db', 2)
    const running = new SharedArrayBuffer(8)
    await Promise.all(
      [0, 1, 2, 3].map(id =>
        inWorker(
          async ({ Storage }, { path, id, running }) => {
            const own = await Storage.embedded(path)
            const counts = new Int32Array(running)
            await Promise.all(
              Array.from({ length: 8 }, (_, i) =>
                own.withSlots({ runId: 'r', stepKey: `${id}/${i}`, pools: 'db' }, async () => {
                  if (Atomics.add(counts, 0, 1) >= 2) Atomics.add(counts, 1, 1)
                  await new Promise(setImmediate)
                  Atomics.sub(counts, 0, 1)
                }),
              ),
            )
            await own.close()
          },
          { path, id, running },
        ),
      ),
    )
    t.deepEqual([...new Int32Array(running)], [0, 0])
    t.is((await s.getPoolInfo('db')).claimedCount, 0)
  }))

test('memory stores of worker threads are their own', async t => {
  const said = await Promise.all(
    [0, 1, 2, 3].map(id =>
      inWorker(async ({ Storage }, id, say) => {
        const s = await Storage.memory()
        for (let i = 0; i < 20; i++) await s.kvSet(`${id}/${i}`, Buffer.from('v'))
        say((await s.kvKeys()).length)
      }, id),
    ),
  )
  t.deepEqual(said, [[20], [20], [20], [20]])
})

test('a worker that exits without closing gives back what it opened', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    await inWorker(async ({ Storage }, path) => {
      const s = await Storage.embedded(path, { durability: 'relaxed' })
      await Storage.embedded(path)
      await s.kvSet('k', Buffer.from('v'))
    }, path)
    await until(() => givenBack(path), 'the path opens with another durability')
    t.deepEqual(await inChild(({ Storage }, path, say) => say(Storage.embeddedSync(path).kvKeysSync()), path), [['k']])
  }))

test('a worker that is terminated with work in flight harms nobody else', t =>
  inStore(async (path, s) => {
    await s.setPoolLimit('db', 1)
    for (let round = 0; round < 5; round++) {
      const { worker, first } = startWorker(async ({ Storage }, path, say) => {
        const own = await Storage.embedded(path)
        void own.acquireSlots({ runId: 'none', stepKey: 'never', pools: { db: 1 }, timeout: '1h' }).catch(() => {})
        say('started')
        for (let i = 0; ; i++) {
          await Promise.all(Array.from({ length: 20 }, (_, j) => own.kvSet(`${i}/${j}`, Buffer.from('v'))))
        }
      }, path)
      t.is(await first, 'started')
      await worker.terminate()
      await s.kvSet('mine', Buffer.from(String(round)))
      t.is(s.kvGetSync('mine')?.toString(), String(round))
    }
    // Waiters go with the thread that waited.
    await until(() => s.getPoolInfoSync('db').pendingCount === 0, 'no waiters')
    await s.close()
    await until(() => givenBack(path), 'the path opens with another durability')
  }))

test('the lease of a worker that ends is renewed no more, and its slots can be freed by its reference', t =>
  inStore(async (path, s) => {
    await s.setPoolLimit('db', 2)
    const [references] = (await inWorker(async ({ Storage }, path, say) => {
      const own = await Storage.embedded(path)
      const acquire = (stepKey: string, leaseDuration: number | string) =>
        own.acquireSlots({ runId: 'r', stepKey, pools: 'db', leaseDuration })
      const leases = [await acquire('short', 200), await acquire('long', '1h')]
      // Read, it is kept, which is nothing to the end of the thread.
      say(JSON.stringify(leases.filter(lease => !lease.signal.aborted)))
    }, path)) as [string]
    const [short, long] = JSON.parse(references) as [LeaseRef, LeaseRef]
    t.deepEqual([short.stepKey, long.stepKey], ['short', 'long'])
    await until(() => s.getPoolInfoSync('db').claimedCount === 1, 'the end of the short lease')
    t.is(await s.freeConcurrencySlots('r', 'long', { token: long.token }), 1)
    await s.close()
    await until(() => givenBack(path), 'the path opens with another durability')
  }))

test('a release after close frees the slots by the storage that another thread has open', t =>
  inStore(async (path, s) => {
    await s.setPoolLimit('db', 2)
    await inWorker(async ({ Storage }, path) => {
      const own = await Storage.embedded(path)
      const acquire = (stepKey: string) => own.acquireSlots({ runId: 'r', stepKey, pools: 'db' })
      const [a, b] = [await acquire('a'), await acquire('b')]
      await own.close()
      await a.release()
      b.releaseSync()
    }, path)
    t.is(s.getPoolInfoSync('db').claimedCount, 0)
  }))

onBoth('a worker that is terminated inside a sync call harms nobody else', async (t, s) => {
  const { worker, first } = startWorker(({ Storage }, _, say) => {
    const own = Storage.memorySync()
    say('started')
    for (let i = 0; ; i++) own.kvSetSync(`${i % 100}`, Buffer.from('v'))
  }, null)
  t.is(await first, 'started')
  await worker.terminate()
  await s.kvSet('k', Buffer.from('v'))
  t.is(s.kvGetSync('k')?.toString(), 'v')
})
