// A short run of `npm run faults`.
import { KINDS, runFaults } from '../faults/run.js'
import { table } from '../faults/table.js'
import { newSeed } from '../helpers/random.js'
import { onServer } from '../helpers/on-server.js'

onServer('faults of the network lose nothing, grant nothing twice and delay nothing for ever', async t => {
  const seed = newSeed()
  t.log(`Seed ${seed}.`)
  const { rows, complaints } = await runFaults({
    seed,
    // It takes up to 10 seconds to notice a half-open connection: proxy.spec.ts has one.
    kinds: KINDS.filter(kind => kind !== 'half-open'),
    processes: 2,
    storages: 2,
    timeoutMs: 1000,
    phaseMs: 1000,
    lateMs: 1500,
    waitMs: 500,
    log: () => {},
  })
  t.log(table(rows))
  for (const row of rows) {
    t.true(row.calls > 0, row.fault)
    if (row.fault !== 'none') t.true(row.faults > 0, row.fault)
  }
  t.deepEqual(complaints, [])
})
