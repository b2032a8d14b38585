import test from 'ava'
import { pipeline } from '../../examples/assets.js'
import { DEAF, EXECUTORS, execute, expectedVersions, inMemory, ONE, onBoth, versions } from './graph.js'

const HOUR_MS = 3_600_000
const executor = EXECUTORS.parallel

let expected: Record<string, string>
test.before(async t => {
  expected = await expectedVersions(t, pipeline)
})

onBoth('the step of a killed worker is tried again, with the same data version', async (t, place) => {
  const { outcome, steps, events } = await execute(t, place, {
    executor,
    graph: pipeline,
    // So that the worker is in the middle of the step when it is killed.
    pace: (step, attempt) => (step === 'world_year[1980]' && attempt === 1 ? HOUR_MS : 0),
    started(step, attempt, worker) {
      if (step === 'world_year[1980]' && attempt === 1) process.kill(worker!, 'SIGKILL')
    },
  })
  t.deepEqual(outcome, { status: 'Success', completedSteps: 27, totalSteps: 27 })
  t.deepEqual(steps('StepRetry'), ['world_year[1980]'])
  t.is(steps('StepStart').filter(step => step === 'world_year[1980]').length, 2)
  const retry = events.find(({ eventType }) => eventType === 'StepRetry')
  t.deepEqual(retry!.metadata, [
    ['attempt', '1'],
    ['error', 'Error: the worker ended with SIGKILL'],
  ])
  t.deepEqual(versions(place.storage, pipeline), expected)
})

test('a step whose workers are always killed fails the run', t =>
  inMemory(async place => {
    const { outcome, steps } = await execute(t, place, {
      executor,
      graph: ONE,
      pace: () => HOUR_MS,
      started: (_step, _attempt, worker) => process.kill(worker!, 'SIGKILL'),
    })
    t.deepEqual(outcome, { status: 'Failure', completedSteps: 0, totalSteps: 1, message: 'failed: numbers' })
    t.deepEqual(steps('StepRetry'), ['numbers', 'numbers'])
    t.deepEqual(steps('StepFailure'), ['numbers'])
  }))

test('a worker that hears no abort is killed', t =>
  inMemory(async place => {
    const { storage } = place
    // It blocks for an hour: the run ends only because the worker is killed.
    const { outcome } = await execute(t, place, {
      executor,
      graph: DEAF,
      started() {
        for (const { runId } of storage.getRunsSync()) storage.requestCancellationSync(runId)
      },
    })
    t.is(outcome.status, 'Cancelled')
  }))
