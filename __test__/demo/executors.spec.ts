import test from 'ava'
import { pipeline } from '../../examples/assets.js'
import { StepInterrupted, afterFailure } from '../../examples/retry.js'
import {
  BROKEN,
  EXECUTORS,
  execute,
  expectedVersions,
  inMemory,
  NAMES,
  ONE,
  onBoth,
  onDisk,
  SUMS,
  versions,
} from './graph.js'

const HOUR_MS = 3_600_000

let expected: Record<'pipeline' | 'sums', Record<string, string>>
test.before(async t => {
  expected = { pipeline: await expectedVersions(t, pipeline), sums: await expectedVersions(t, SUMS) }
})

for (const name of NAMES) {
  const executor = EXECUTORS[name]

  onBoth(`${name}: the pipeline has the data versions that it has everywhere`, async (t, place) => {
    const { outcome } = await execute(t, place, { executor, graph: pipeline })
    t.deepEqual(outcome, { status: 'Success', completedSteps: 27, totalSteps: 27 })
    t.deepEqual(versions(place.storage, pipeline), expected.pipeline)
    const { storage } = place
    for (const { status } of Object.values(storage.computeStalenessSync())) t.is(status, 'UpToDate')
  })

  test(`${name}: a step that throws fails the run, and is not tried again`, t =>
    inMemory(async place => {
      const { outcome, events, steps } = await execute(t, place, { executor, graph: BROKEN })
      t.deepEqual(outcome, { status: 'Failure', completedSteps: 5, totalSteps: 6, message: 'failed: broken' })
      t.deepEqual(steps('StepFailure'), ['broken'])
      t.deepEqual(steps('StepSuccess'), ['numbers', 'times[2]', 'times[3]', 'times[5]', 'total'])
      t.deepEqual(steps('StepRetry'), [])
      const failure = events.find(({ eventType }) => eventType === 'StepFailure')
      t.deepEqual(failure!.metadata[0], ['attempt', '1'])
      t.regex(failure!.metadata[1]![1], /RangeError: no such number/)
    }))

  test(`${name}: a cancellation ends the steps under way and the waiting ones`, t =>
    onDisk(async place => {
      const { storage } = place
      const { outcome, steps } = await execute(t, place, {
        executor,
        graph: SUMS,
        pace: step => (step.startsWith('times') ? HOUR_MS : 0),
        started(step) {
          if (!step.startsWith('times')) return
          for (const { runId } of storage.getRunsSync({ status: 'Started' })) storage.requestCancellationSync(runId)
        },
      })
      t.deepEqual(outcome, { status: 'Cancelled', completedSteps: 1, totalSteps: 4 })
      t.deepEqual(steps('StepSuccess'), ['numbers'])
      t.deepEqual([...steps('StepFailure'), ...steps('StepRetry')], [])

      // The next run does what is left.
      t.is((await execute(t, place, { executor, graph: SUMS })).outcome.completedSteps, 4)
      t.deepEqual(versions(storage, SUMS), expected.sums)
    }))

  test(`${name}: a step that takes too long fails the run`, t =>
    inMemory(async place => {
      const { outcome, events } = await execute(t, place, { executor, graph: ONE, pace: () => HOUR_MS, timeout: 20 })
      t.deepEqual(outcome, { status: 'Failure', completedSteps: 0, totalSteps: 1, message: 'failed: numbers' })
      t.regex(events.at(-1)!.metadata[1]![1], /took longer than 20 ms/)
    }))
}

test('only interrupted attempts are repeated, so many times, and none of a cancelled run', t => {
  const killed = new StepInterrupted('killed')
  t.deepEqual(
    [1, 2, 3].map(attempt => afterFailure(killed, attempt, false)),
    ['retry', 'retry', 'fail'],
  )
  t.is(afterFailure(new Error('wrong'), 1, false), 'fail')
  t.is(afterFailure(killed, 1, true), 'stop')
  t.is(afterFailure(new Error('wrong'), 3, true), 'stop')
})
