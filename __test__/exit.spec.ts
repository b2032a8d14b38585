import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { inChild, startChild } from './helpers/child.js'
import { withStorage } from './helpers/everywhere.js'
import { filesOf } from './helpers/folder.js'
import { endsItself } from './helpers/opening.js'
import { inTempDir } from './helpers/temp.js'

// A child that does not end by itself is killed by the helper, which these tests see as a failure.

const inStore = (work: (path: string) => Promise<void>): Promise<void> => inTempDir(dir => work(join(dir, 'db')))

test('a process ends by itself with open stores', t =>
  inStore(async path => {
    const said = await inChild(async ({ Storage }, path, say) => {
      const stores = [
        await Storage.memory(),
        Storage.memorySync(),
        await Storage.embedded(path),
        Storage.embeddedSync(path),
      ]
      for (const s of stores) await s.kvSet('k', Buffer.from('v'))
      say('done')
    }, path)
    t.deepEqual(said, ['done'])
    // What it left open can be opened at once, with what it was told is stored.
    await withStorage(Storage.embedded(path), async s => t.is((await s.kvGet('k'))?.toString(), 'v'))
  }))

test('an exit closes a store whose opening has not reached its caller', t =>
  inStore(async path => {
    const end = await startChild(({ Storage }, path) => {
      void Storage.embedded(path, { durability: 'relaxed' })
      // The store opens meanwhile, and its promise waits for the event loop.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
      process.exit()
    }, path).ended
    t.deepEqual([end.code, end.signal, end.stderr], [0, null, ''])
    // A store that was closed needs no log.
    for (const file of filesOf(path, '.log')) rmSync(file)
    await withStorage(Storage.embedded(path), async s => t.deepEqual(await s.kvKeys(), []))
  }))

test('a process ends by itself while it holds a lease that is renewed', async t => {
  const said = await inChild(async ({ Storage }, _, say) => {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 1)
    const lease = await s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', leaseDuration: '1h' })
    say(lease.live)
    // Read, it is kept; that does not keep the process.
    say(lease.signal.aborted)
  }, null)
  t.deepEqual(said, [true, false])
})

test('a pending promise keeps the process until it is settled', async t => {
  const said = await inChild(async ({ Storage }, _, say) => {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 1)
    await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: 'db' })
    // Nothing else is left to do for this process.
    await s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', timeout: 150 }).catch(error => say(error.code))
  }, null)
  t.deepEqual(said, ['ERR_TIMEOUT'])
})

test('a process may exit with calls in flight; what was acknowledged is there', t =>
  inStore(async path => {
    const end = await startChild(async ({ Storage }, path, say) => {
      const s = await Storage.embedded(path)
      await s.setPoolLimit('db', 0)
      for (let i = 0; i < 20; i++) {
        await s.kvSet(`k${i}`, Buffer.from('v'))
        say(i)
      }
      for (let i = 0; i < 500; i++) void s.kvSet(`later${i}`, Buffer.from('v'))
      void s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', timeout: '1h' })
      process.exit(3)
    }, path).ended
    t.deepEqual([end.code, end.signal, end.said.length], [3, null, 20])
    await withStorage(Storage.embedded(path), async s => {
      t.is((await s.kvKeys({ prefix: 'k' })).length, 20)
      t.is((await s.getPoolInfo('db')).pendingCount, 0)
    })
  }))

test('processes that exit in the midst of work end as they said, and nothing is lost', t =>
  inTempDir(async dir => {
    const events = 64_000
    const ends = Array.from({ length: 3 }, (_, i) =>
      startChild(
        ({ Storage }, { path, events }) => {
          const s = Storage.embeddedSync(path, { durability: 'relaxed' })
          for (let i = 0; i < events; i += 1000) {
            const some = Array.from({ length: 1000 }, (_, at) => ({
              eventType: 'Observation' as const,
              runId: `run${(i + at) % 64}`,
              metadata: [['text', String(i + at).repeat(20)]] as [string, string][],
            }))
            s.storeEventsSync(some)
          }
          process.exit(3)
        },
        { path: join(dir, `db${i}`), events },
      ),
    )
    for (const [i, child] of ends.entries()) {
      const { code, signal, stderr } = await child.ended
      t.deepEqual([code, signal, stderr], [3, null, ''])
      await withStorage(Storage.embedded(join(dir, `db${i}`), { durability: 'relaxed' }), async s => {
        t.is((await s.getEventsForRun('run1')).length, events / 64)
        t.is((await s.getEventsForRun('run63')).length, events / 64)
      })
    }
  }))

test('a sync call works in the exit handler', t =>
  inStore(async path => {
    await inChild(({ Storage }, path) => {
      const s = Storage.embeddedSync(path)
      process.on('exit', () => {
        s.kvSetSync('last', Buffer.from('words'))
        s.closeSync()
      })
    }, path)
    await withStorage(Storage.embedded(path), async s => t.is((await s.kvGet('last'))?.toString(), 'words'))
  }))

test('an uncaught error ends the process as usual', t =>
  inStore(async path => {
    const end = await startChild(async ({ Storage }, path) => {
      const s = await Storage.embedded(path)
      await s.kvSet('k', Buffer.from('v'))
      setImmediate(() => {
        throw new Error('uncaught')
      })
    }, path).ended
    t.deepEqual([end.code, end.signal], [1, null])
    t.regex(end.stderr, /uncaught/)
    await withStorage(Storage.embedded(path), async s => t.is((await s.kvGet('k'))?.toString(), 'v'))
  }))

test('a rejection that nobody handles names the error', async t => {
  const end = await startChild(async ({ Storage }) => {
    const s = await Storage.memory()
    void s.getPoolInfo('ghost')
  }, null).ended
  t.is(end.code, 1)
  t.regex(end.stderr, /StorageError/)
  t.regex(end.stderr, /ERR_NOT_FOUND/)
})

test('a hundred processes load the addon one after another, and end', t =>
  inStore(async path => {
    for (let i = 0; i < 100; i++) {
      const child = startChild(
        ({ Storage }, { path, i }, say) => {
          if (i % 10 < 4) return
          if (i % 10 < 6) process.exit()
          if (i % 10 < 9) return Storage.memorySync().kvSetSync('k', Buffer.from('v'))
          // The process before it has left the store open.
          const s = Storage.embeddedSync(path)
          s.kvSetSync(`k${i}`, Buffer.from('v'))
          say(s.kvKeysSync().length)
        },
        { path, i },
      )
      const { code, signal, stderr, said } = await endsItself(child.ended, () => child.kill('SIGKILL'))
      t.deepEqual([code, signal, stderr, said], [0, null, '', i % 10 === 9 ? [(i + 1) / 10] : []])
    }
  }))
