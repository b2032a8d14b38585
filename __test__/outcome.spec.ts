import { embedded, everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const slots = { completedSteps: 1, totalSteps: 2 }

everywhere('an outcome ends the run and frees what it held and waited for', async (t, s) => {
  await s.setPoolLimit('db', 2)
  await s.createRun({ runId: 'r', status: 'Started' })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: { db: 2 } })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'waits', pools: 'db' })
  const before = Date.now()
  await s.setRunOutcome('r', { status: 'Success', completedSteps: 3, totalSteps: 3 })
  const run = await s.getRun('r')
  t.is(run?.status, 'Success')
  t.true(Math.abs(run!.endTime! - before) < 5_000)
  const { claimedCount, pendingCount } = await s.getPoolInfo('db')
  t.deepEqual([claimedCount, pendingCount], [0, 0])
  t.deepEqual(await s.getRunOutcome('r'), { status: 'Success', completedSteps: 3, totalSteps: 3, message: null })
})

everywhere('each outcome has its run status', async (t, s) => {
  for (const [status, runStatus] of [
    ['Success', 'Success'],
    ['Failure', 'Failure'],
    ['Cancelled', 'Canceled'],
  ] as const) {
    await s.enqueueRun({ runId: status })
    await s.setRunOutcome(status, { status, ...slots })
    t.is((await s.getRun(status))?.status, runStatus)
    t.deepEqual(
      (await s.getRuns({ status: runStatus })).map(run => run.runId),
      [status],
    )
  }
  t.deepEqual(await s.getQueuedRuns(), [])
})

everywhere('the last outcome wins, the end is that of the first', async (t, s) => {
  await s.createRun({ runId: 'r', status: 'Started' })
  await s.setRunOutcome('r', { status: 'Failure', ...slots, message: 'boom' })
  const { endTime } = (await s.getRun('r'))!
  await s.setRunOutcome('r', { status: 'Success', completedSteps: 2, totalSteps: 2 })
  t.deepEqual(await s.getRunOutcome('r'), { status: 'Success', completedSteps: 2, totalSteps: 2, message: null })
  const run = await s.getRun('r')
  t.is(run?.status, 'Success')
  t.is(run?.endTime, endTime)
})

everywhere('the end a run already has stays', async (t, s) => {
  await s.createRun({ runId: 'r', status: 'Started' })
  await s.updateRunStatus('r', 'Success', { endTime: 42 })
  await s.setRunOutcome('r', { status: 'Success', ...slots })
  t.is((await s.getRun('r'))?.endTime, 42)
})

everywhere('only a failure has a message', async (t, s) => {
  const messageOf = async (
    status: 'Success' | 'Failure' | 'Cancelled',
    message?: string | null,
  ): Promise<string | null | undefined> => {
    await s.setRunOutcome('r', { status, ...slots, ...(message !== undefined && { message }) })
    return (await s.getRunOutcome('r'))?.message
  }
  t.is(await messageOf('Failure', 'boom'), 'boom')
  t.is(await messageOf('Failure', ''), '')
  t.is(await messageOf('Failure', null), 'unknown error')
  t.is(await messageOf('Failure'), 'unknown error')
  t.is(await messageOf('Success', 'ignored'), null)
  t.is(await messageOf('Cancelled', 'ignored'), null)
})

everywhere('of an unknown run only the outcome is kept', async (t, s) => {
  t.is(await s.getRunOutcome('ghost'), null)
  await s.setRunOutcome('ghost', { status: 'Success', completedSteps: 9, totalSteps: 5 })
  t.deepEqual(await s.getRunOutcome('ghost'), { status: 'Success', completedSteps: 9, totalSteps: 5, message: null })
  t.is(await s.getRun('ghost'), null)
  t.deepEqual(await s.getRuns(), [])
})

everywhere('an outcome does not change the progress', async (t, s) => {
  await s.setRunOutcome('r', { status: 'Success', completedSteps: 3, totalSteps: 5 })
  t.deepEqual(await s.getRunProgress('r'), {
    completedSteps: 0,
    totalSteps: 0,
    lastCompletedStep: null,
    lastStepCompletedAt: null,
  })
})

everywhere('a bad outcome changes nothing', async (t, s) => {
  await s.createRun({ runId: 'r', status: 'Started' })
  for (const status of ['Canceled', 'success', '', 'Queued', 1, null]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.setRunOutcome('r', { status: bad(status), ...slots }), /status/)
  }
  for (const count of [-1, 1.5, Number.NaN, Infinity, '1', null]) {
    await rejects(
      t,
      'ERR_INVALID_ARG',
      () => s.setRunOutcome('r', { status: 'Success', ...slots, completedSteps: bad(count) }),
      /completedSteps/,
    )
    await rejects(
      t,
      'ERR_INVALID_ARG',
      () => s.setRunOutcome('r', { status: 'Success', ...slots, totalSteps: bad(count) }),
      /totalSteps/,
    )
  }
  t.is(await s.getRunOutcome('r'), null)
  t.is((await s.getRun('r'))?.status, 'Started')
})

everywhere('a cancellation can be asked for any id and changes no status', async (t, s) => {
  await s.createRun({ runId: 'r', status: 'Started' })
  for (const runId of ['r', 'unknown', '', 'nul\0', '🚀']) {
    t.false(await s.isCancelled(runId))
    await s.requestCancellation(runId)
    await s.requestCancellation(runId)
    t.true(await s.isCancelled(runId))
  }
  t.is((await s.getRun('r'))?.status, 'Started')
  t.is(await s.getRun('unknown'), null)
})

embedded(
  'outcomes and cancellations count in every code location and after the store is opened again',
  async (t, open) => {
    const a = await open({ codeLocation: 'a' })
    const b = await open({ codeLocation: 'b' })
    await a.s.createRun({ runId: 'r', status: 'Started' })
    await b.s.requestCancellation('r')
    await b.s.setRunOutcome('r', { status: 'Cancelled', ...slots })
    t.true(await a.s.isCancelled('r'))
    t.is((await a.s.getRun('r'))?.status, 'Canceled')
    await a.s.close()
    await b.s.close()
    const { s } = await open()
    t.true(await s.isCancelled('r'))
    t.is((await s.getRunOutcome('r'))?.status, 'Cancelled')
  },
)
