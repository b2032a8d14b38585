// What a large query leaves to others: leases are kept, claims go on, and a query that needs too much memory ends.
import { strict as assert } from 'node:assert'
import { isStorageError, Storage } from 'rivers-storage'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const BATCH = 10_000
const MEASURED_MS = 2_000

let passed = 0
let failed = 0

async function check(title: string, work: () => Promise<string>): Promise<void> {
  try {
    console.log(`${title}: ${await work()}`)
    passed++
  } catch (error) {
    console.log(`  failed: ${title}: ${String(error)}`)
    failed++
  }
}

async function fill(storage: Storage): Promise<void> {
  for (let stored = 0; stored < EVENTS; stored += BATCH) {
    await storage.storeEvents(
      Array.from({ length: Math.min(BATCH, EVENTS - stored) }, (_, i) => ({
        eventType: 'StepStart' as const,
        runId: `run-${(stored + i) % 100}`,
        assetKey: `step-${(stored + i) % 1000}`,
        metadata: [['note', `event ${stored + i} of many`]] as const,
      })),
    )
  }
}

/** Claims and releases a second, until `until` has settled or the time is over. */
async function claimsASecond(storage: Storage, until: Promise<unknown>): Promise<number> {
  const over = new AbortController()
  void until.finally(() => over.abort())
  const start = performance.now()
  let claims = 0
  while (!over.signal.aborted) {
    const step = { runId: 'claimer', stepKey: `s${claims}` }
    await storage.claimConcurrencySlots({ ...step, pools: 'db' })
    await storage.freeConcurrencySlots(step.runId, step.stepKey)
    claims++
    // A turn of the event loop, which a promise that settles at once does not give.
    if (claims % 100 === 0) await new Promise(setImmediate)
  }
  return (claims * 1000) / (performance.now() - start)
}

async function main(): Promise<void> {
  const storage = await Storage.memory()
  await storage.setPoolLimit('db', 10)
  await storage.setPoolLimit('kept', 8)
  await fill(storage)
  const leases = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      storage.acquireSlots({ runId: 'keeper', stepKey: `k${i}`, pools: 'kept', leaseDuration: '1s' }),
    ),
  )
  const alone = await claimsASecond(storage, new Promise(resolve => setTimeout(resolve, MEASURED_MS)))

  await check('claims keep half their rate while a query groups all events', async () => {
    const asked = storage.query<[{ n: number }[]]>(
      'SELECT asset_key, count() AS n, math::max(time) FROM event GROUP BY asset_key',
      { timeout: '5m' },
    )
    const start = performance.now()
    const [beside, [groups]] = await Promise.all([claimsASecond(storage, asked), asked])
    const seconds = (performance.now() - start) / 1000
    assert.equal(
      groups.reduce((sum, { n }) => sum + n, 0),
      EVENTS,
    )
    assert.ok(beside >= alone / 2, `${beside.toFixed(0)} claims a second beside the query, ${alone.toFixed(0)} without`)
    return `${(beside / alone).toFixed(2)} of ${alone.toFixed(0)} a second; the query took ${seconds.toFixed(1)} s`
  })

  await check('no kept lease of 1 s is lost', async () => {
    assert.ok(leases.every(lease => lease.live && !lease.signal.aborted))
    return `${leases.length} leases`
  })

  await check('a query that sorts all events ends at its limit of memory', async () => {
    const start = performance.now()
    const failure: unknown = await storage
      .query('RETURN array::len((SELECT * FROM event ORDER BY metadata))', { timeout: '5m' })
      .catch((error: unknown) => error)
    assert.ok(
      isStorageError(failure) && failure.code === 'ERR_INVALID_ARG' && /512 MiB/.test(failure.message),
      String(failure),
    )
    assert.deepEqual(await storage.query('RETURN 1'), [1])
    return `after ${((performance.now() - start) / 1000).toFixed(1)} s`
  })

  for (const lease of leases) await lease.release()
  await storage.close()
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

void main()
