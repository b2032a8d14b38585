import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { onBoth, withStorage } from './helpers/everywhere.js'
import { inTempDir } from './helpers/temp.js'
import { block } from './helpers/until.js'
import { inWorker } from './helpers/worker.js'

// Sync calls block the thread that promises need to settle on: nothing may wait for it. A hang here ends in ava's timeout.

onBoth('sync calls in the midst of a thousand promise calls', async (t, s) => {
  await s.setPoolLimit('db', 2000)
  const calls: Promise<unknown>[] = []
  for (let i = 0; i < 1000; i++) {
    calls.push(
      i % 4 === 0
        ? s.kvSet(`k${i}`, Buffer.from(String(i)))
        : i % 4 === 1
          ? s.storeEvent({ eventType: 'StepStart', runId: 'r', assetKey: `a${i}` })
          : i % 4 === 2
            ? s.claimConcurrencySlots({ runId: 'r', stepKey: `s${i}`, pools: 'db' })
            : s.getEventsForRun('r', { limit: 3 }),
    )
    if (i % 10 === 0) {
      s.kvSetSync(`sync${i}`, Buffer.from('x'))
      t.is(s.kvGetSync(`sync${i}`)?.toString(), 'x')
      t.true(s.claimConcurrencySlotsSync({ runId: 'sync', stepKey: `s${i}`, pools: 'db' }).isClaimed)
    }
  }
  await Promise.all(calls)
  t.is((await s.getEventsForRun('r')).length, 250)
  t.is((await s.kvKeys({ limit: 10_000 })).length, 350)
  t.is(s.getPoolInfoSync('db').claimedCount, 350)
})

onBoth('a sync call sees what was awaited before, and an awaited call what was written sync', async (t, s) => {
  for (let i = 0; i < 50; i++) {
    await s.kvSet('k', Buffer.from(`p${i}`))
    t.is(s.kvGetSync('k')?.toString(), `p${i}`)
    s.kvSetSync('k', Buffer.from(`s${i}`))
    t.is((await s.kvGet('k'))?.toString(), `s${i}`)
  }
})

const workIn = (s: Storage, step: string): Promise<number> =>
  s.withSlots({ runId: 'r', stepKey: step, pools: 'db', leaseDuration: '1m' }, async lease => {
    for (let i = 0; i < 20; i++) {
      s.kvSetSync(`${step}/${i}`, Buffer.from('x'))
      s.storeEventSync({ eventType: 'Materialization', runId: 'r', assetKey: step })
      s.renewSlotLeaseSync('r', step, { token: lease.token })
      s.getPoolInfoSync('db')
      await new Promise(setImmediate)
    }
    return s.kvKeysSync({ prefix: `${step}/` }).length
  })

onBoth('sync calls inside the work of withSlots, with others waiting', async (t, s) => {
  await s.setPoolLimit('db', 2)
  const done = await Promise.all(Array.from({ length: 12 }, (_, i) => workIn(s, `s${i}`)))
  t.deepEqual(
    done,
    Array.from({ length: 12 }, () => 20),
  )
  t.is((await s.getEventsForRun('r')).length, 240)
  t.is(s.getPoolInfoSync('db').claimedCount, 0)
})

onBoth('a sync release serves a waiter of the same thread', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const held = await s.acquireSlots({ runId: 'r', stepKey: 'a', pools: 'db' })
  const waiting = s.acquireSlots({ runId: 'r', stepKey: 'b', pools: 'db' })
  held.releaseSync()
  t.true((await waiting).live)
})

test('a worker makes sync calls while the main thread awaits on the same store', t =>
  inTempDir(dir => {
    const path = join(dir, 'db')
    return withStorage(Storage.embedded(path, { durability: 'relaxed' }), async s => {
      const worker = inWorker((rivers, path, say) => {
        const storage = rivers.Storage.embeddedSync(path)
        for (let i = 0; i < 500; i++) storage.kvSetSync(`w${i}`, Buffer.from('x'))
        say(storage.kvKeysSync({ prefix: 'w', limit: 1000 }).length)
        storage.closeSync()
      }, path)
      for (let i = 0; i < 500; i++) await s.kvSet(`m${i}`, Buffer.from('x'))
      t.deepEqual(await worker, [500])
      t.is((await s.kvKeys({ limit: 2000 })).length, 1000)
    })
  }))

test('a worker waits for a slot that the main thread frees with a sync call', t =>
  inTempDir(dir => {
    const path = join(dir, 'db')
    return withStorage(Storage.embedded(path, { durability: 'relaxed' }), async s => {
      s.setPoolLimitSync('db', 1)
      s.claimConcurrencySlotsSync({ runId: 'main', stepKey: 's', pools: 'db' })
      const worker = inWorker(async (rivers, path, say) => {
        const storage = await rivers.Storage.embedded(path)
        await storage.withSlots({ runId: 'worker', stepKey: 's', pools: 'db' }, async lease => say(lease.live))
        await storage.close()
      }, path)
      // Blocks this thread in turns of sync calls until the worker stands in the queue.
      const end = Date.now() + 20_000
      while (s.getPoolInfoSync('db').pendingCount === 0 && Date.now() < end) block(1)
      t.is(s.getPoolInfoSync('db').pendingCount, 1)
      s.freeConcurrencySlotsSync('main', 's')
      t.deepEqual(await worker, [true])
    })
  }))
