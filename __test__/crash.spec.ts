import { join } from 'node:path'
import test from 'ava'
import { Storage, type EmbeddedOptions } from 'rivers-storage'
import { startChild, type ChildWork } from './helpers/child.js'
import { withStorage } from './helpers/everywhere.js'
import { inTempDir } from './helpers/temp.js'

type Durability = NonNullable<EmbeddedOptions['durability']>
interface Where {
  path: string
  durability: Durability
  round: number
}

/** Runs `work` on one path again and again, each time killed after some acknowledgements, then looks at what is there. */
function killed(
  title: string,
  work: ChildWork<Where>,
  look: (t: import('ava').ExecutionContext, s: Storage, acknowledged: unknown[]) => Promise<void>,
): void {
  for (const durability of ['commit', 'relaxed'] as const) {
    test(`${title} (${durability})`, t =>
      inTempDir(async dir => {
        const path = join(dir, 'db')
        const acknowledged: unknown[] = []
        for (const [round, count] of [1, 40, 333].entries()) {
          const child = startChild(work, { path, durability, round })
          await child.heard((_, index) => index >= count)
          child.kill('SIGKILL')
          const end = await child.ended
          t.is(end.signal, 'SIGKILL', end.stderr)
          acknowledged.push(...end.said)
          await withStorage(Storage.embedded(path, { durability }), s => look(t, s, acknowledged))
        }
      }))
  }
}

killed(
  'every acknowledged write of a killed process is there',
  async ({ Storage }, { path, durability, round }, say) => {
    const s = await Storage.embedded(path, { durability })
    const lane = async (id: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const key = `${round}/${id}/${i}`
        await s.kvSet(key, Buffer.from(key))
        say(key)
      }
    }
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(lane))
  },
  async (t, s, acknowledged) => {
    for (const key of acknowledged as string[]) t.is((await s.kvGet(key))?.toString(), key)
    // Beyond those, at most the one of each lane and round that was in flight.
    const there = await s.kvKeys({ limit: 1_000_000 })
    t.true(there.length <= acknowledged.length + 3 * 8)
  },
)

killed(
  'every acknowledged sync write of a killed process is there',
  ({ Storage }, { path, durability, round }, say) => {
    const s = Storage.embeddedSync(path, { durability })
    s.setPoolLimitSync('db', -1)
    for (let i = 0; ; i++) {
      s.createRunSync({ runId: `${round}/${i}`, startTime: i })
      const { token } = s.claimConcurrencySlotsSync({
        runId: `${round}/${i}`,
        stepKey: 's',
        pools: 'db',
        leaseDuration: '1h',
      })
      say([`${round}/${i}`, token])
    }
  },
  async (t, s, acknowledged) => {
    const holders = new Map((await s.getPoolSlotHolders('db')).map(holder => [holder.runId, holder.token]))
    for (const [runId, token] of acknowledged as [string, number][]) {
      t.is((await s.getRun(runId))?.runId, runId)
      t.is(holders.get(runId), token)
    }
    t.is((await s.getPoolInfo('db')).claimedCount, holders.size)
    const tokens = (acknowledged as [string, number][]).map(([, token]) => token)
    t.is(new Set(tokens).size, tokens.length)
  },
)

killed(
  'every acknowledged write is there also where the log is written over an older one',
  ({ Storage }, { path, durability, round }, say) => {
    const s = Storage.embeddedSync(path, { durability })
    // A log is done with after 16 MiB.
    for (let i = 0; ; i++) {
      s.kvSetSync(`${i % 8}`, Buffer.alloc(256 << 10, `${round}/${i};`))
      say([round, i])
    }
  },
  async (t, s, acknowledged) => {
    const [round, last] = (acknowledged as [number, number][]).at(-1)!
    for (let key = 0; key < Math.min(8, last + 1); key++) {
      const value = (await s.kvGet(`${key}`))!
      const [, storedRound, stored] = /^(\d+)\/(\d+);/.exec(value.toString('utf8', 0, 20))!
      t.deepEqual(value, Buffer.alloc(256 << 10, `${storedRound}/${stored};`))
      // The one in flight may be there, too.
      const newest = last - ((last - key) % 8)
      t.true(
        Number(storedRound) === round && [newest, newest + 8].includes(Number(stored)),
        `${stored} after ${newest}`,
      )
    }
  },
)

killed(
  'a batch of events is wholly there or not at all, with the records that go with it',
  async ({ Storage }, { path, durability, round }, say) => {
    const s = await Storage.embedded(path, { durability })
    await s.registerAssets([{ assetKey: 'a', codeVersion: 'c' }])
    for (let i = 0; ; i++) {
      const runId = `${round}/${String(i).padStart(5, '0')}`
      await s.storeEvents(
        Array.from({ length: 30 }, (_, j) => ({
          eventType: 'Materialization' as const,
          runId,
          assetKey: 'a',
          partitionKey: `${runId}/${j}`,
          timestamp: round * 1e6 + i,
          dataVersion: `${runId}/${j}`,
        })),
      )
      say(runId)
    }
  },
  async (t, s, acknowledged) => {
    const partitions = (await s.getMaterializedPartitions('a')).map(key => (key as { single: [string] }).single[0])
    const perRun = new Map<string, number>()
    for (const partition of partitions) {
      const runId = partition.slice(0, partition.lastIndexOf('/'))
      perRun.set(runId, (perRun.get(runId) ?? 0) + 1)
    }
    for (const runId of acknowledged as string[]) t.is(perRun.get(runId), 30)
    for (const [runId, count] of perRun) {
      t.is(count, 30)
      t.is((await s.getEventsForRun(runId)).length, 30)
    }
    const latest = await s.getLatestMaterialization('a')
    t.is((await s.getAssetRecord('a'))?.lastEventId, latest?.id)
    t.is((await s.getAssetRecord('a'))?.lastDataVersion, latest?.dataVersion)
  },
)

const next = (pools: string) => ({ runId: 'next', stepKey: pools, pools })

test('claims of a killed process last until they expire; its waiters are gone', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const child = startChild(async ({ Storage }, path, say) => {
      const s = await Storage.embedded(path)
      await s.setPoolLimit('long', 1)
      await s.setPoolLimit('kept', 1)
      await s.claimConcurrencySlots({ runId: 'dead', stepKey: 'long', pools: 'long', leaseDuration: '1h' })
      // Renewed natively as long as the process lives.
      const lease = await s.acquireSlots({ runId: 'dead', stepKey: 'kept', pools: 'kept', leaseDuration: 200 })
      const waits = s.acquireSlots({ runId: 'dead', stepKey: 'waits', pools: 'long' })
      say(lease.token)
      await waits
    }, path)
    const token = await child.heard(() => true)
    child.kill('SIGKILL')
    await child.ended
    await withStorage(Storage.embedded(path), async s => {
      t.false((await s.claimConcurrencySlots(next('long'))).isClaimed)
      t.is((await s.getPoolInfo('long')).pendingCount, 1)
      // No longer than the lease it takes until the other is free.
      const lease = await s.acquireSlots({ ...next('kept'), timeout: '10s' })
      t.true(lease.token > (token as number))
      await lease.release()
      t.is(await s.renewSlotLease('dead', 'kept'), 0)
    })
  }))
