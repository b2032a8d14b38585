// The demo on a server: two executors in two processes share its pools, and neither ends the run of the other.
import test from 'ava'
import { Storage, type StoredEvent } from 'rivers-storage'
import { pipeline } from '../../examples/assets.js'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { expectedVersions, requireNothingHeld, versions } from '../demo/graph.js'
import { start } from '../demo/start.js'
import { inTempDir } from '../helpers/temp.js'

let server: Server
const onServer = hasServer() ? test.serial : test.skip

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
  })
  test.after.always(() => server?.stop())
}

const open = (codeLocation: string): Promise<Storage> => Storage.connect(server.endpoint, { codeLocation })

const POOLS = new Map(
  pipeline.assets.flatMap(({ key, partitions, pool }) =>
    (partitions?.map(partition => `${key}[${partition}]`) ?? [key]).map(step => [step, new Map(pool)] as const),
  ),
)

/** The most slots of the pool that steps held at once, by the times of their events. */
function mostHeld(events: StoredEvent[], pool: string): number {
  const slots = (event: StoredEvent): number => POOLS.get(event.assetKey!)?.get(pool) ?? 0
  const changes = events
    .filter(({ eventType }) => eventType === 'StepStart' || eventType === 'StepSuccess')
    .map(event => ({ time: event.timestamp, by: event.eventType === 'StepStart' ? slots(event) : -slots(event) }))
    .toSorted((a, b) => a.time - b.time || a.by - b.by)
  let held = 0
  return Math.max(...changes.map(({ by }) => (held += by)))
}

onServer('two executors on a server share its pools, and make what one makes alone', async t => {
  const expected = await expectedVersions(t, pipeline)
  await inTempDir(async dir => {
    const args = ['--connect', server.endpoint, '--pace', '20']
    const ends = await Promise.all([start(dir, ...args).ended, start(dir, ...args).ended])
    for (const { code, output } of ends) t.is(code, 0, output)

    await using storage = await open('pipeline')
    t.deepEqual(versions(storage, pipeline), expected)
    for (const { status } of Object.values(storage.computeStalenessSync())) t.is(status, 'UpToDate')
    requireNothingHeld(t, storage)
    const runs = storage.getRunsSync()
    t.deepEqual(
      runs.map(run => run.status),
      ['Success', 'Success'],
    )
    const events = runs.flatMap(run => storage.getEventsForRunSync(run.runId))
    for (const [pool, limit] of Object.entries(pipeline.pools)) {
      const most = mostHeld(events, pool)
      t.true(most > 0 && most <= limit, `${most} of ${limit} slots of ${pool}`)
    }

    const again = await start(dir, ...args).ended
    t.regex(again.output, /nothing to do/)
  })
})

onServer(
  'an executor that lives keeps its run, and the run of a killed one is ended once its lease is over',
  async t => {
    await inTempDir(async dir => {
      const args = ['--connect', server.endpoint, '--contend', '40', '--pace', '200']
      const killed = start(dir, ...args)
      const living = start(dir, ...args)
      await Promise.all([killed.printed(/ queries\[/), living.printed(/^Stale:/m)])
      killed.child.kill('SIGKILL')
      await killed.ended
      const end = await living.ended
      t.is(end.code, 0, end.output)

      await using storage = await open('contended')
      const isHeld = (): boolean => storage.getPoolSlotHoldersSync('executor').length > 0
      while (isHeld()) await new Promise(resolve => setTimeout(resolve, 100))
      const { code, output } = await start(dir, ...args).ended
      t.is(code, 0, output)
      t.regex(output, /was killed/)
      t.deepEqual(storage.getRunsSync({ status: 'Started' }), [])
      const [failed, ...others] = storage.getRunsSync({ status: 'Failure' })
      t.is(storage.getRunOutcomeSync(failed!.runId)?.message, 'the executor was killed')
      t.deepEqual(others, [])
      requireNothingHeld(t, storage)
    })
  },
)
