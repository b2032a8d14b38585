import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { assets, pipeline } from '../examples/assets.js'
import { LEASE_MS } from '../examples/plan.js'
import { expectedVersions, NAMES, versions } from './demo/graph.js'
import { start } from './demo/start.js'
import { inTempDir } from './helpers/temp.js'

const ALL_STEPS = assets
  .flatMap(({ key, partitions }) => partitions?.map(name => `${key}[${name}]`) ?? [key])
  .toSorted()

let expected: Record<string, string>
test.before(async t => {
  expected = await expectedVersions(t, pipeline)
})

/** What the store knows once no demo has it open. */
async function look<T>(dir: string, ask: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await Storage.embedded(join(dir, 'store'))
  try {
    return await ask(storage)
  } finally {
    await storage.close()
  }
}

/** The steps that ended well, of each run, oldest run first. */
const stepsOfRuns = (dir: string): Promise<string[][]> =>
  look(dir, async storage => {
    const runs = (await storage.getRuns()).toReversed()
    const events = await Promise.all(runs.map(run => storage.getEventsForRun(run.runId)))
    return events.map(ofRun =>
      ofRun
        .filter(event => event.eventType === 'StepSuccess')
        .map(event => event.assetKey!)
        .toSorted(),
    )
  })

const usedSlots = (dir: string): Promise<number[]> =>
  look(dir, async storage => (await storage.getAllPoolInfos()).map(pool => pool.claimedCount))

const statuses = (dir: string): Promise<string[]> =>
  look(dir, async storage => Object.values(await storage.computeStaleness()).map(({ status }) => status))

test('the demo makes everything once, and after a new code version exactly what is stale', async t => {
  await inTempDir(async dir => {
    const first = await start(dir).ended
    t.is(first.code, 0, first.output)
    t.deepEqual((await stepsOfRuns(dir))[0], ALL_STEPS)
    t.deepEqual(new Set(await statuses(dir)), new Set(['UpToDate']))
    t.deepEqual(await usedSlots(dir), [0, 0])

    const second = await start(dir).ended
    t.is(second.code, 0, second.output)
    t.regex(second.output, /nothing to do/)
    t.is((await stepsOfRuns(dir)).length, 1)

    const bumped = await start(dir, '--bump', 'weather_year').ended
    t.is(bumped.code, 0, bumped.output)
    t.regex(bumped.output, /^Stale: weather_year, rain_by_month, hottest_days, report$/m)
    const partitions = [2012, 2013, 2014, 2015].map(year => `weather_year[${year}]`)
    t.deepEqual((await stepsOfRuns(dir))[1], ['hottest_days', 'rain_by_month', 'report', ...partitions])

    t.regex((await start(dir).ended).output, /nothing to do/)
    t.is((await stepsOfRuns(dir)).length, 2)
  })
})

/** A line without what differs from run to run: who was first, times, and how wide they make the columns. */
const constant = (line: string): string =>
  line
    .replace(/^ *\d+ {2}/, '# ')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\d+ ms/g, '# ms')
    .replaceAll(/[\d.]+ %/g, '# %')
    .replaceAll(/ +/g, ' ')

test('the README shows what the demo prints', async t => {
  const shown = readFileSync('README.md', 'utf8')
    .match(/^```text\n(.*?)^```$/ms)![1]!
    .trimEnd()
    .split('\n')
  t.true(shown.length > 10)
  await inTempDir(async dir => {
    const { output } = await start(dir).ended
    const lines = output.split('\n').map(constant)
    let from = 0
    for (const line of shown.filter(line => line !== '…').map(constant)) {
      const [start, cut] = line.split('…')
      const at = lines.findIndex(
        (printed, i) => i >= from && (cut === undefined ? printed === start : printed.startsWith(start!)),
      )
      t.true(at >= 0, `the demo does not print, after line ${from}: ${line}\n${output}`)
      from = at + 1
    }
  })
})

for (const executor of NAMES) {
  test(`the demo, killed half-way (${executor}), goes on where it was and leaves no slot taken`, async t => {
    await inTempDir(async dir => {
      const killed = start(dir, '--executor', executor, '--pace', '50')
      // One of eleven partitions: the asset is left half made.
      await killed.printed(/world_year\[/)
      killed.child.kill('SIGKILL')
      await killed.ended

      const holders = await look(dir, async storage => {
        const pools = await storage.getPoolLimits()
        return (await Promise.all(pools.map(pool => storage.getPoolSlotHolders(pool.poolKey)))).flat()
      })
      for (const holder of holders) t.true(holder.leaseExpiresAt <= Date.now() + LEASE_MS)

      const restarted = await start(dir, '--executor', executor).ended
      t.is(restarted.code, 0, restarted.output)
      const [before, after] = await stepsOfRuns(dir)
      t.true(before!.length > 0 && before!.length < ALL_STEPS.length, `${before!.length} steps before the kill`)
      t.deepEqual([...before!, ...after!].toSorted(), ALL_STEPS)
      t.deepEqual(new Set(await statuses(dir)), new Set(['UpToDate']))
      t.deepEqual(await usedSlots(dir), [0, 0])
      t.deepEqual(await look(dir, async storage => versions(storage, pipeline)), expected)
      const runs = await look(dir, storage => storage.getRuns())
      t.deepEqual(
        runs.map(run => run.status),
        ['Success', 'Failure'],
      )
    })
  })
}

test('Ctrl-C cancels the run, and the next one goes on where it was', async t => {
  await inTempDir(async dir => {
    const interrupted = start(dir, '--pace', '200')
    await interrupted.printed(/ weather /)
    interrupted.child.kill('SIGINT')
    const { code, output } = await interrupted.ended
    t.is(code, 1, output)
    t.deepEqual(await usedSlots(dir), [0, 0])
    t.is((await start(dir).ended).code, 0)
    const runs = await look(dir, storage => storage.getRuns())
    t.deepEqual(
      runs.map(run => run.status),
      ['Success', 'Canceled'],
    )
  })
})

test('steps that contend for two pools all run once, and the slots of both are kept busy', async t => {
  await inTempDir(async dir => {
    const { code, output } = await start(dir, '--contend', '100').ended
    t.is(code, 0, output)
    const contended = join(dir, 'contended')
    const [steps] = await stepsOfRuns(contended)
    t.is(steps!.length, 100)
    t.is(new Set(steps).size, 100)
    t.deepEqual(await usedSlots(contended), [0, 0])
    const [, db, api] = /: db (\S+) %, api (\S+) %/.exec(output) ?? []
    for (const used of [db, api]) t.true(Number(used) > 0 && Number(used) <= 100, output)
  })
})

test('the demo says what is wrong with its arguments', async t => {
  await inTempDir(async dir => {
    const { code, output } = await start(dir, '--bump', 'nothing').ended
    t.is(code, 2)
    t.regex(output, /no asset 'nothing'/)
    t.regex(
      (await start(dir, '--executor', 'serial').ended).output,
      /no executor 'serial': in-process, async, parallel/,
    )
  })
})
