import type { ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { givenBack, withStorage } from './helpers/everywhere.js'
import { endsItself, onOpening, type Open, type Opening } from './helpers/opening.js'
import { until } from './helpers/until.js'
import { startWorker, type Thread } from './helpers/worker.js'

// Worker threads that use one store at once. What they count is in memory that all of them share, so it is known also of
// a thread that is terminated.

const onShared = (
  title: string,
  scenario: (t: ExecutionContext, s: Storage, opening: Opening) => Promise<void>,
): void =>
  onOpening(title, ['embedded', 'remote'], async (t, opening, path) => {
    const [how, ...args] = opening
    await withStorage((Storage[how] as Open)(...args), s => scenario(t, s, opening))
    if (how === 'embedded') await until(() => givenBack(path), 'the path opens with another durability')
  })

const ended = ({ ended, worker }: Thread): Promise<unknown[]> => endsItself(ended, () => worker.terminate())

/** Whether everything that the writers have counted is stored. */
async function areStored(s: Storage, counts: Int32Array): Promise<boolean> {
  const keys = Array.from(counts, (count, id) => Array.from({ length: count }, (_, i) => `${id}/${i}`)).flat()
  const values = await Promise.all(keys.map(key => s.kvGet(key)))
  return values.every(value => value?.toString() === 'v')
}

const WORKERS = 50
const WRITES = 20
const LIMIT = 3

onShared('fifty workers use one store, and end by themselves', async (t, s, opening) => {
  await s.setPoolLimit('db', LIMIT)
  const counts = new SharedArrayBuffer(4 * WORKERS)
  const running = new SharedArrayBuffer(8)
  const threads = Array.from({ length: WORKERS }, (_, id) =>
    startWorker(
      async ({ Storage }, { opening: [how, ...args], id, counts, running, writes, limit }, say) => {
        const own = await (Storage[how] as Open)(...args)
        const [stored, slots] = [new Int32Array(counts), new Int32Array(running)]
        const write = async (i: number): Promise<void> => {
          await own.kvSet(`${id}/${i}`, Buffer.from('v'))
          stored[id] = i + 1
        }
        for (let i = 0; i < writes / 2; i++) await write(i)
        await own.withSlots({ runId: 'r', stepKey: `s${id}`, pools: 'db' }, async () => {
          if (Atomics.add(slots, 0, 1) >= limit) Atomics.add(slots, 1, 1)
          for (let i = writes / 2; i < writes; i++) await write(i)
          Atomics.sub(slots, 0, 1)
        })
        // The others leave it open.
        if (id % 2) await own.close()
        say(id)
      },
      { opening, id, counts, running, writes: WRITES, limit: LIMIT },
    ),
  )
  t.deepEqual(
    await Promise.all(threads.map(ended)),
    Array.from({ length: WORKERS }, (_, id) => [id]),
  )
  const stored = new Int32Array(counts)
  t.true(stored.every(count => count === WRITES))
  t.true(await areStored(s, stored))
  t.deepEqual([...new Int32Array(running)], [0, 0], 'never more than the limit at once')
  const { claimedCount, pendingCount } = await s.getPoolInfo('db')
  t.deepEqual([claimedCount, pendingCount], [0, 0])
})

const OTHERS = 3
const ROUNDS = 6

interface Shared {
  opening: Opening
  id: number
  counts: SharedArrayBuffer
  isOver: SharedArrayBuffer
}

/** Writes and takes turns at a slot until it is told to stop. */
const startOther = (shared: Shared): Thread =>
  startWorker(async ({ Storage }, { opening: [how, ...args], id, counts, isOver }, say) => {
    const own = await (Storage[how] as Open)(...args)
    const [stored, over] = [new Int32Array(counts), new Int32Array(isOver)]
    for (let i = 0; Atomics.load(over, 0) === 0; i++) {
      await own.withSlots({ runId: 'r', stepKey: `other${id}`, pools: 'shared' }, () =>
        own.kvSet(`${id}/${i}`, Buffer.from('v')),
      )
      Atomics.store(stored, id, i + 1)
    }
    await own.close()
    say(id)
  }, shared)

/** Holds slots that are renewed, waits for more, writes, opens and closes, all at once, until it is terminated. */
const startVictim = (shared: Shared): Thread =>
  startWorker(async ({ Storage }, { opening: [how, ...args], id, counts }, say) => {
    const own = await (Storage[how] as Open)(...args)
    const stored = new Int32Array(counts)
    const acquire = (stepKey: string, pools: string) =>
      own.acquireSlots({ runId: 'r', stepKey: `${stepKey}${id}`, pools, leaseDuration: 500, timeout: '20s' })
    // The lease of the victim before this one has to end first.
    const lease = await acquire('victim', 'victims')
    lease.signal.addEventListener('abort', () => {})
    void acquire('waits', 'victims').catch(() => {})
    const opens = async (): Promise<void> => {
      for (;;) await (await (Storage[how] as Open)(...args)).close()
    }
    const takesTurns = async (): Promise<void> => {
      for (;;) await (await acquire('turn', 'shared')).release()
    }
    void opens()
    void takesTurns()
    say('started')
    for (let i = 0; ; i++) {
      if (i % 2) own.kvSetSync(`${id}/${i}`, Buffer.from('v'))
      else await own.kvSet(`${id}/${i}`, Buffer.from('v'))
      Atomics.store(stored, id, i + 1)
    }
  }, shared)

onShared('workers that are terminated harm none of those that use the store', async (t, s, opening) => {
  await s.setPoolLimit('shared', 2)
  await s.setPoolLimit('victims', 1)
  const shared = { opening, counts: new SharedArrayBuffer(4 * (OTHERS + ROUNDS)), isOver: new SharedArrayBuffer(4) }
  const counts = new Int32Array(shared.counts)
  const others = Array.from({ length: OTHERS }, (_, id) => startOther({ ...shared, id }))
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const id = OTHERS + round
      const { first, worker } = startVictim({ ...shared, id })
      t.is(await first, 'started')
      await until(() => Atomics.load(counts, id) >= 10, 'writes of the worker to terminate')
      await worker.terminate()
      const before = counts.slice(0, OTHERS)
      const goOn = (): boolean => before.every((count, other) => Atomics.load(counts, other) >= count + 5)
      await until(goOn, 'the others go on')
    }
  } finally {
    Atomics.store(new Int32Array(shared.isOver), 0, 1)
  }
  const ends = await Promise.all(others.map(ended))
  t.deepEqual(
    ends,
    others.map((_, id) => [id]),
  )
  t.true(await areStored(s, counts), 'what was acknowledged, to the terminated ones too')
  const used = async (): Promise<number> =>
    (await s.getAllPoolInfos()).reduce((sum, { claimedCount, pendingCount }) => sum + claimedCount + pendingCount, 0)
  await until(async () => (await used()) === 0, 'all slots and queues are free')
})
