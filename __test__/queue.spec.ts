import type { NewRun, RunRecord } from 'rivers-storage'
import { everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const ids = (runs: RunRecord[]): string[] => runs.map(run => run.runId)

everywhere('a run is enqueued together with its event', async (t, s) => {
  await s.enqueueRun({ runId: 'r', jobName: 'j', startTime: 7, priority: 3, partitionKey: 'p' })
  const run = await s.getRun('r')
  t.is(run?.status, 'Queued')
  t.is(run?.startTime, 7)
  t.deepEqual(await s.getQueuedRuns(), [run!])
  const events = await s.getEventsForRun('r')
  t.deepEqual(
    events.map(({ eventType, assetKey, partitionKey, timestamp }) => ({
      eventType,
      assetKey,
      partitionKey,
      timestamp,
    })),
    [{ eventType: 'RunQueued', assetKey: null, partitionKey: { single: ['p'] }, timestamp: 7 }],
  )
})

everywhere('enqueueing the same run again adds no event', async (t, s) => {
  const run: NewRun = { runId: 'r', priority: 3, status: 'Queued' }
  await s.enqueueRun(run)
  await s.enqueueRun(run)
  await s.enqueueRuns([run, run])
  await s.tryStartRun('r')
  await s.enqueueRun(run)
  t.is((await s.getEventsForRun('r')).length, 1)
  t.is((await s.getRun('r'))?.status, 'Started')
  await rejects(t, 'ERR_CONFLICT', () => s.enqueueRun({ ...run, priority: 4 }))
})

everywhere('many runs are enqueued in one call, all or none', async (t, s) => {
  await s.createRun({ runId: 'other', jobName: 'j' })
  await rejects(t, 'ERR_CONFLICT', () => s.enqueueRuns([{ runId: 'a' }, { runId: 'other', jobName: 'k' }]))
  t.is(await s.getRun('a'), null)
  t.deepEqual(await s.getEventsForRun('a'), [])
  await s.enqueueRuns([])
  await s.enqueueRuns(Array.from({ length: 150 }, (_, i) => ({ runId: `r${i}`, startTime: i })))
  t.is((await s.getQueuedRuns()).length, 150)
  t.is((await s.getEventsForRun('r149')).length, 1)
})

everywhere('a run is enqueued as Queued and nothing else', async (t, s) => {
  for (const status of ['NotStarted', 'Started', 'Success'] as const) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.enqueueRun({ runId: 'r', status }), /status/, new RegExp(status))
    await rejects(t, 'ERR_INVALID_ARG', () => s.enqueueRuns([{ runId: 'q' }, { runId: 'r', status }]), /status/)
  }
  t.deepEqual(await s.getRuns(), [])
})

everywhere('the queue is ordered by priority, then start time, then run id', async (t, s) => {
  await s.enqueueRuns([
    { runId: 'late', startTime: 9 },
    { runId: 'b', startTime: 1 },
    { runId: 'a', startTime: 1 },
    { runId: 'backfill', startTime: 0, priority: -10 },
    { runId: 'urgent', startTime: 99, priority: 2147483647 },
  ])
  await s.createRun({ runId: 'created', startTime: 5, status: 'Queued' })
  await s.createRun({ runId: 'not queued', startTime: 0 })
  t.deepEqual(ids(await s.getQueuedRuns()), ['urgent', 'a', 'b', 'created', 'late', 'backfill'])
})

everywhere('a run is started exactly once', async (t, s) => {
  await s.enqueueRun({ runId: 'queued', startTime: 7 })
  await s.createRun({ runId: 'created' })
  for (const runId of ['queued', 'created']) {
    t.true(await s.tryStartRun(runId))
    t.is((await s.getRun(runId))?.status, 'Started')
    t.false(await s.tryStartRun(runId))
  }
  t.is((await s.getRun('queued'))?.startTime, 7)
  t.deepEqual(await s.getQueuedRuns(), [])
  await rejects(t, 'ERR_NOT_FOUND', () => s.tryStartRun('ghost'), /ghost/)
})

everywhere('a run that is over is not started again', async (t, s) => {
  for (const status of ['Success', 'Failure', 'Canceled'] as const) {
    await s.createRun({ runId: status })
    await s.updateRunStatus(status, status, { endTime: 5 })
    t.false(await s.tryStartRun(status))
    const run = await s.getRun(status)
    t.deepEqual([run?.status, run?.endTime], [status, 5])
  }
})

everywhere('of many that start one run, one does', async (t, s) => {
  await s.enqueueRun({ runId: 'r' })
  const started = await Promise.all(Array.from({ length: 50 }, () => s.tryStartRun('r')))
  t.is(started.filter(Boolean).length, 1)
})

everywhere('starting and cancelling at once settle for one of them', async (t, s) => {
  for (let i = 0; i < 20; i++) {
    const runId = `r${i}`
    await s.enqueueRun({ runId })
    const [started, cancelled] = await Promise.all(
      i % 2
        ? [s.tryStartRun(runId), s.cancelQueuedRun(runId)]
        : [s.cancelQueuedRun(runId), s.tryStartRun(runId)].toReversed(),
    )
    t.not(started, cancelled)
    t.is((await s.getRun(runId))?.status, started ? 'Started' : 'Canceled')
  }
})

everywhere('leaving the queue clears the reason for waiting', async (t, s) => {
  const blockReason = 'global run limit (10/10)'
  await s.enqueueRuns(['start', 'cancel', 'update'].map(runId => ({ runId, blockReason })))
  t.is((await s.getRun('start'))?.blockReason, blockReason)
  await s.tryStartRun('start')
  await s.cancelQueuedRun('cancel')
  await s.updateRunStatus('update', 'NotStarted')
  for (const runId of ['start', 'cancel', 'update']) t.is((await s.getRun(runId))?.blockReason, null)
})

everywhere('the reason for waiting can be set and cleared, while the run waits', async (t, s) => {
  await s.enqueueRun({ runId: 'r', startTime: 1 })
  for (const reason of ["pool 'db' full (1/1)", '', null, 'nul\0 🚀']) {
    await s.setRunBlockReason('r', reason)
    t.is((await s.getRun('r'))?.blockReason, reason)
    t.is((await s.getQueuedRuns())[0]?.blockReason, reason)
  }
  // It is no part of what the run was created with.
  await s.enqueueRun({ runId: 'r', startTime: 1 })
  t.is((await s.getRun('r'))?.blockReason, 'nul\0 🚀')
  await s.tryStartRun('r')
  await s.setRunBlockReason('r', 'too late')
  t.is((await s.getRun('r'))?.blockReason, null)
  await rejects(t, 'ERR_NOT_FOUND', () => s.setRunBlockReason('ghost', 'why'), /ghost/)
  for (const reason of [undefined, 1, {}, '\ud800']) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.setRunBlockReason('r', bad(reason)), /reason/)
  }
})

everywhere('cancelling is true only for the call that cancelled', async (t, s) => {
  await s.enqueueRun({ runId: 'queued' })
  await s.createRun({ runId: 'created' })
  for (const runId of ['queued', 'created']) {
    t.true(await s.cancelQueuedRun(runId))
    const run = await s.getRun(runId)
    t.is(run?.status, 'Canceled')
    t.is(typeof run?.endTime, 'number')
    t.false(await s.cancelQueuedRun(runId))
    t.deepEqual(await s.getRun(runId), run)
    // The flag is another matter.
    t.false(await s.isCancelled(runId))
  }
  t.false(await s.cancelQueuedRun('ghost'))
  t.deepEqual(await s.getQueuedRuns(), [])
})

everywhere('a run that was started or is over cannot be cancelled in the queue', async (t, s) => {
  for (const status of ['Started', 'Success', 'Failure'] as const) {
    await s.createRun({ runId: status })
    await s.updateRunStatus(status, status)
    const run = await s.getRun(status)
    t.false(await s.cancelQueuedRun(status))
    t.deepEqual(await s.getRun(status), run)
  }
})

everywhere('the waiters of a cancelled run leave; those of a started one stay', async (t, s) => {
  await s.setPoolLimit('db', 0)
  await s.enqueueRun({ runId: 'queued' })
  await s.createRun({ runId: 'started', status: 'Started' })
  for (const runId of ['queued', 'started']) await s.claimConcurrencySlots({ runId, stepKey: 's', pools: 'db' })
  t.is((await s.getPoolInfo('db')).pendingCount, 2)
  await s.cancelQueuedRun('queued')
  await s.cancelQueuedRun('started')
  t.is((await s.getPoolInfo('db')).pendingCount, 1)
})
