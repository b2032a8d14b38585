// One snapshot for all statements of a call, while others write.

import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { drive, type Driver } from '../helpers/driver.js'
import { everywhere, FORMS, withStorage } from '../helpers/everywhere.js'
import { newSeed, Random } from '../helpers/random.js'
import { inTempDir } from '../helpers/temp.js'
import { startWorker } from '../helpers/worker.js'

/** Over all combinations 10,000. A blocking call costs the most, so there are fewer of them. */
const CALLS = { promise: 4750, sync: 250 }
/** Queries under way at a time: two run, the others wait for their turn. */
const LANES = 8
/** Over all combinations: 1,000. */
const OWN_WRITES = 250
const BOTH = `
  SELECT VALUE used FROM ONLY pool:[$location, 'db'];
  RETURN math::sum((SELECT VALUE slots FROM slot:[$location, 'db']..[$location, 'db', ..]))`

const vars = { location: 'default' }

/** How many different counts were seen. Fails if one call sees two moments. */
async function sums(t: ExecutionContext, s: Driver, calls: number, between: () => void): Promise<number> {
  const seen = new Set<number>()
  let left = calls
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      between()
      const [used, slots] = await s.query<[number, number]>(BOTH, { vars })
      if (used !== slots) t.fail(`${used} used, ${slots} in slots, ${left} calls before the end`)
      seen.add(used)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return seen.size
}

/** Claims, repeats and frees by promises; some leases expire at once, and some claims wait. */
class Load {
  #random = new Random(newSeed())
  #going = 0
  #failed: unknown

  constructor(readonly storage: Storage) {}

  readonly begin = (): void => {
    if (this.#failed) throw this.#failed
    if (this.#going > 8) return
    this.#going += 1
    void this.#one()
      .catch(error => (this.#failed = error))
      .finally(() => (this.#going -= 1))
  }

  async #one(): Promise<void> {
    const [runId, stepKey] = [`run ${this.#random.below(3)}`, `step ${this.#random.below(4)}`]
    if (this.#random.below(3) === 0) await this.storage.freeConcurrencySlots(runId, stepKey)
    else {
      const pools = { db: 1 + this.#random.below(3), ...(this.#random.below(2) && { api: 1 }) }
      await this.storage.claimConcurrencySlots({
        runId,
        stepKey,
        pools,
        leaseDuration: this.#random.of([0, 1, 60_000]),
      })
    }
  }
}

async function setLimits(s: Driver): Promise<void> {
  await s.setPoolLimit('db', 7)
  await s.setPoolLimit('api', 3)
}

for (const form of FORMS) {
  test.serial(`statements see one moment while promises claim (memory, ${form})`, t =>
    withStorage(Storage.memory({ codeLocation: 'default' }), async storage => {
      const s = drive(storage, form)
      await setLimits(s)
      const load = new Load(storage)
      t.true((await sums(t, s, CALLS[form], load.begin)) > 3)
    }),
  )

  test.serial(`statements see one moment while a worker thread claims (embedded, ${form})`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      await withStorage(Storage.embedded(path, { durability: 'relaxed', codeLocation: 'default' }), async storage => {
        const s = drive(storage, form)
        await setLimits(s)
        const stop = new Int32Array(new SharedArrayBuffer(4))
        const worker = startWorker(claim, { path, stop, seed: newSeed() })
        await worker.first
        try {
          t.true((await sums(t, s, CALLS[form], () => {})) > 3)
        } finally {
          Atomics.store(stop, 0, 1)
        }
        const [, claims] = await worker.ended
        t.true((claims as number) > 100, `${claims} claims`)
      })
    }),
  )
}

/** Runs in the worker. */
async function claim(
  { Storage: { embedded } }: typeof import('rivers-storage'),
  { path, stop, seed }: { path: string; stop: Int32Array; seed: number },
  say: (line: unknown) => void,
): Promise<void> {
  let state = seed
  const below = (bound: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % bound
  }
  const storage = await embedded(path, { durability: 'relaxed', codeLocation: 'default' })
  say('open')
  let claims = 0
  while (!Atomics.load(stop, 0)) {
    const [runId, stepKey] = [`run ${below(3)}`, `step ${below(4)}`]
    if (below(3) === 0) storage.freeConcurrencySlotsSync(runId, stepKey)
    else {
      const pools = { db: 1 + below(3), ...(below(2) && { api: 1 }) }
      storage.claimConcurrencySlotsSync({ runId, stepKey, pools, leaseDuration: [0, 1, 60_000][below(3)]! })
      claims += 1
    }
    // Without a pause, RocksDB has so many deleted rows between those of the pool that a query takes 30 ms.
    Atomics.wait(stop, 0, 0, 1)
  }
  say(claims)
  await storage.close()
}

everywhere('a query sees what its caller has stored before', async (t, s) => {
  for (let write = 0; write < OWN_WRITES; write++) {
    const id = `event ${write}`
    switch (write % 3) {
      case 0:
        await s.kvSet('key', Buffer.from(id))
        break
      case 1:
        await s.storeEvent({ id, eventType: 'StepStart', runId: 'r1', assetKey: id })
        break
      default:
        await s.createRun({ runId: id })
    }
    const [seen] = await s.query(
      [
        `SELECT VALUE <string>value FROM ONLY kv:['key']`,
        `SELECT VALUE event.asset_key FROM ONLY event_by_id:[$id]`,
        `SELECT VALUE run_id FROM ONLY run:[$id]`,
      ][write % 3]!,
      { vars: { id } },
    )
    t.is(seen, id)
  }
})
