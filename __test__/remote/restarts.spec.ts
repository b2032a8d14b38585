// A server that keeps its data in RocksDB is killed and started again.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Storage } from 'rivers-storage'
import { startServer } from '../../scripts/lib/server.js'
import { onServer } from '../helpers/on-server.js'
import { newSeed, Random } from '../helpers/random.js'
import { inTempDir } from '../helpers/temp.js'

const KILLS = 4

onServer('a server that is killed and starts again loses nothing that was acknowledged', async t => {
  const seed = newSeed()
  t.log(`Seed ${seed}.`)
  const random = new Random(seed)
  await inTempDir(async folder => {
    const store = `rocksdb:${join(folder, 'server')}`
    let server = await startServer({ store })
    const port = Number(new URL(server.endpoint).port)
    const storages = await Promise.all([1, 2].map(() => Storage.connect(server.endpoint, { timeout: 20_000 })))
    try {
      await storages[0]!.setPoolLimit('p', 2)
      const kept = await storages[1]!.acquireSlots({ pools: ['p'], runId: 'kept', stepKey: 's' })
      const turn = { isOver: false }
      const tokens: number[] = []
      let written = 0
      const write = async (storage: Storage, name: string): Promise<void> => {
        for (let i = 0; !turn.isOver; i++) {
          await storage.kvSet(`${name} ${i}`, Buffer.from(name))
          await storage.storeEvents([{ runId: name, eventType: 'Observation', assetKey: `${name} ${i}` }])
          const lease = await storage.acquireSlots({ pools: ['p'], runId: name, stepKey: `${i}`, timeout: '60s' })
          tokens.push(lease.token)
          await lease.release()
          written++
          await sleep(random.next() * 20)
        }
        t.is((await storage.kvKeys({ prefix: `${name} ` })).length, await count(storage, name), name)
      }
      const writing = Promise.all(storages.flatMap((storage, s) => [0, 1].map(w => write(storage, `${s}-${w}`))))
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(300 + random.next() * 700)
        await server.stop()
        await sleep(random.next() * 300)
        server = await startServer({ store, port })
      }
      await sleep(500)
      turn.isOver = true
      await writing
      t.log(`${KILLS} kills, ${written} rounds.`)
      t.true(written > 0)
      t.is(new Set(tokens).size, tokens.length, 'no token twice')
      t.true(kept.live)
      const holders = await storages[0]!.getPoolSlotHolders('p')
      t.deepEqual(
        holders.map(({ runId, token }) => [runId, token]),
        [['kept', kept.token]],
      )
      await kept.release()
    } finally {
      await Promise.all(storages.map(storage => storage.close().catch(() => {})))
      await server.stop()
    }
  })
})

/** How many events the run has: one for each key that it wrote. */
async function count(storage: Storage, run: string): Promise<number> {
  return (await storage.getEventsForRun(run)).length
}
