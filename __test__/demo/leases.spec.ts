import test from 'ava'
import type { Storage } from 'rivers-storage'
import type { BlockingTime } from '../../examples/executors/blocking-lease.js'
import { inProcessExecutor } from '../../examples/executors/in-process.js'
import { LEASE_MS } from '../../examples/plan.js'
import { EXECUTORS, execute, inMemory, NAMES, ONE } from './graph.js'

const HOUR_MS = 3_600_000

/** The time of a store with a manual clock: blocking advances it. */
function manualTime(storage: Storage, passed: (ms: number) => number = ms => ms): BlockingTime {
  let now = 0
  const block = (ms: number): void => {
    const by = passed(ms)
    now += by
    storage.advanceTime(by)
  }
  return { now: () => now, block }
}

const held = (storage: Storage): number => storage.getPoolInfoSync('cpu').claimedCount

test('in-process: a step keeps its lease for many times its duration', t =>
  inMemory(
    async place => {
      const { storage } = place
      const time = manualTime(storage, ms => {
        const [holder] = storage.getPoolSlotHoldersSync('cpu')
        // Renewed when a third is over, as soon as the step looks.
        t.true(holder!.leaseExpiresAt - time.now() > (LEASE_MS * 2) / 3 - 100)
        return ms
      })
      const setting = { executor: inProcessExecutor(time), graph: ONE, timeout: HOUR_MS }
      const { outcome, steps } = await execute(t, place, { ...setting, pace: () => 20 * LEASE_MS })
      t.is(outcome.status, 'Success')
      t.deepEqual([steps('StepStart'), steps('StepRetry')], [['numbers'], []])
    },
    { clock: 'manual' },
  ))

test('in-process: a step that keeps no lease in time loses it, stores nothing and is tried again', t =>
  inMemory(
    async place => {
      let attempt = 0
      const time = manualTime(place.storage, ms => (attempt === 1 ? LEASE_MS : ms))
      const { outcome, events } = await execute(t, place, {
        executor: inProcessExecutor(time),
        graph: ONE,
        pace: () => 100,
        started: (_, started) => (attempt = started),
      })
      t.is(outcome.status, 'Success')
      const types = events.map(({ eventType }) => eventType)
      t.deepEqual(types, ['StepStart', 'StepRetry', 'StepStart', 'Materialization', 'StepSuccess'])
      t.regex(events[1]!.metadata[1]![1], /lease was lost/)
    },
    { clock: 'manual' },
  ))

test('in-process: a step waits for the slots of another run until that lease expires', t =>
  inMemory(
    async place => {
      const { storage } = place
      storage.setPoolLimitSync('cpu', 2)
      const other = { runId: 'other', stepKey: 'a', pools: { cpu: 2 }, leaseDuration: LEASE_MS }
      t.is(storage.claimConcurrencySlotsSync(other).status, 'claimed')
      let startedAt: number | undefined
      const time = manualTime(storage)
      const started = () => (startedAt = time.now())
      const { outcome } = await execute(t, place, { executor: inProcessExecutor(time), graph: ONE, started })
      t.is(outcome.status, 'Success')
      t.is(startedAt, LEASE_MS)
    },
    { clock: 'manual' },
  ))

for (const name of NAMES) {
  test(`${name}: a step that wants more slots than there are fails the run`, t =>
    inMemory(async place => {
      const wide = { ...ONE, pools: { cpu: 0 } }
      const { outcome, steps } = await execute(t, place, { executor: EXECUTORS[name], graph: wide })
      t.deepEqual(outcome, { status: 'Failure', completedSteps: 0, totalSteps: 1, message: 'failed: numbers' })
      t.deepEqual(steps('StepStart'), [])
    }))
}

for (const name of ['async', 'parallel'] as const) {
  const executor = EXECUTORS[name]

  test(`${name}: a step keeps its lease for many times its duration`, t =>
    inMemory(
      async place => {
        const { storage } = place
        const { outcome, steps } = await execute(t, place, {
          executor,
          graph: ONE,
          started() {
            storage.advanceTime(HOUR_MS)
            t.is(held(storage), 1)
          },
        })
        t.is(outcome.status, 'Success')
        t.deepEqual([steps('StepStart'), steps('StepRetry')], [['numbers'], []])
      },
      { clock: 'manual' },
    ))

  test(`${name}: a step whose lease is lost is ended, and tried again`, t =>
    inMemory(async place => {
      const { storage } = place
      const { outcome, events } = await execute(t, place, {
        executor,
        graph: ONE,
        pace: (_, attempt) => (attempt === 1 ? HOUR_MS : 0),
        started(step, attempt) {
          if (attempt > 1) return
          for (const { runId } of storage.getRunsSync()) t.is(storage.freeConcurrencySlotsSync(runId, step), 1)
        },
      })
      t.is(outcome.status, 'Success')
      const types = events.map(({ eventType }) => eventType)
      t.deepEqual(types, ['StepStart', 'StepRetry', 'StepStart', 'Materialization', 'StepSuccess'])
    }))
}
