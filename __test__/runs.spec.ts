import test from 'ava'
import { LaunchedBy, type NewRun, type RunRecord } from 'rivers-storage'
import { embedded, everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const ids = (runs: RunRecord[]): string[] => runs.map(run => run.runId)
const MANUAL = { kind: 'manual', name: null, backfillId: null, user: null } as const
const FULL: NewRun = {
  runId: 'full',
  jobName: 'job/üñ',
  status: 'Started',
  startTime: -5,
  tags: [
    ['k', 'v'],
    ['a', ''],
    ['k', 'v'],
  ],
  nodeNames: ['b', 'a', 'b'],
  priority: -2147483648,
  partitionKey: { multi: { d: ['1'] } },
  blockReason: "pool 'db' full (1/1)",
  launchedBy: LaunchedBy.manual({ subject: 's', email: 'e' }),
}

everywhere('a run comes back as it was created', async (t, s) => {
  await s.createRun(FULL)
  t.deepEqual(await s.getRun('full'), {
    runId: 'full',
    jobName: 'job/üñ',
    status: 'Started',
    startTime: -5,
    endTime: null,
    tags: [
      ['k', 'v'],
      ['a', ''],
      ['k', 'v'],
    ],
    nodeNames: ['b', 'a', 'b'],
    priority: -2147483648,
    partitionKey: { multi: { d: ['1'] } },
    blockReason: "pool 'db' full (1/1)",
    launchedBy: { kind: 'manual', name: null, backfillId: null, user: { subject: 's', email: 'e', name: null } },
  })
})

everywhere('what is left out has its default', async (t, s) => {
  const before = Date.now()
  await s.createRun({ runId: '' })
  const run = await s.getRun('')
  t.true(Math.abs(run!.startTime - before) < 5_000)
  t.deepEqual(run, {
    runId: '',
    jobName: null,
    status: 'NotStarted',
    startTime: run!.startTime,
    endTime: null,
    tags: [],
    nodeNames: [],
    priority: 0,
    partitionKey: null,
    blockReason: null,
    launchedBy: MANUAL,
  })
  t.is(await s.getRun('unknown'), null)
})

everywhere('an empty job name is an ad-hoc run, a string partition one value', async (t, s) => {
  await s.createRun({ runId: 'r', jobName: '', partitionKey: '' })
  const run = await s.getRun('r')
  t.is(run?.jobName, null)
  t.deepEqual(run?.partitionKey, { single: [''] })
})

test('who launched a run: the factories fill every field', t => {
  t.deepEqual(LaunchedBy.manual(), MANUAL)
  t.deepEqual(LaunchedBy.manual({ subject: 's' }), { ...MANUAL, user: { subject: 's', email: null, name: null } })
  t.deepEqual(LaunchedBy.schedule('daily'), { ...MANUAL, kind: 'schedule', name: 'daily' })
  t.deepEqual(LaunchedBy.sensor('s3'), { ...MANUAL, kind: 'sensor', name: 's3' })
  t.deepEqual(LaunchedBy.backfill('b1'), { ...MANUAL, kind: 'backfill', backfillId: 'b1' })
  t.deepEqual(LaunchedBy.condition(), { ...MANUAL, kind: 'condition' })
})

everywhere('a user may be known by any of what is known of users', async (t, s) => {
  const users = [
    { subject: 's' },
    { subject: '', email: null, name: 'Ada' },
    { subject: 's', email: 'a@b', name: null },
    { subject: 's', email: '', name: '' },
  ]
  await s.createRuns(users.map((user, i) => ({ runId: `r${i}`, launchedBy: LaunchedBy.manual(user) })))
  for (const [i, { subject, email = null, name = null }] of users.entries()) {
    t.deepEqual((await s.getRun(`r${i}`))?.launchedBy.user, { subject, email, name })
  }
  // The same run again; another user is another run.
  await s.createRun({ runId: 'r0', launchedBy: { kind: 'manual', user: { subject: 's', email: null, name: null } } })
  for (const launchedBy of [LaunchedBy.manual(), LaunchedBy.manual({ subject: 's', name: 'n' })]) {
    await rejects(t, 'ERR_CONFLICT', () => s.createRun({ runId: 'r0', launchedBy }), /launchedBy/)
  }
  for (const user of [{}, 's', { subject: 1 }, { subject: 's', email: 1 }, { subject: 's', name: '\ud800' }]) {
    await rejects(
      t,
      'ERR_INVALID_ARG',
      () => s.createRun({ runId: 'bad', launchedBy: { kind: 'manual', user: bad(user) } }),
      /launchedBy\.user/,
    )
  }
  t.is(await s.getRun('bad'), null)
})

everywhere('null where it may be is the same as nothing', async (t, s) => {
  await s.createRun({ runId: 'r', startTime: 1, jobName: null, partitionKey: null, blockReason: null })
  await s.createRun({ runId: 'r', launchedBy: { kind: 'manual', name: null, backfillId: null, user: null } })
  t.deepEqual(await s.getRun('r'), {
    runId: 'r',
    jobName: null,
    status: 'NotStarted',
    startTime: 1,
    endTime: null,
    tags: [],
    nodeNames: [],
    priority: 0,
    partitionKey: null,
    blockReason: null,
    launchedBy: MANUAL,
  })
})

everywhere('who launched a run comes back', async (t, s) => {
  const all = [
    LaunchedBy.manual(),
    LaunchedBy.schedule('daily'),
    LaunchedBy.sensor(''),
    LaunchedBy.backfill('b'),
    LaunchedBy.condition(),
  ]
  await s.createRuns(all.map((launchedBy, i) => ({ runId: `r${i}`, launchedBy })))
  for (const [i, launchedBy] of all.entries()) t.deepEqual((await s.getRun(`r${i}`))?.launchedBy, launchedBy)
  await s.createRun({ runId: 'short', launchedBy: { kind: 'condition' } })
  t.deepEqual((await s.getRun('short'))?.launchedBy, LaunchedBy.condition())
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () => s.createRun({ runId: 'bad', launchedBy: bad({ kind: 'cron' }) }),
    /launchedBy/,
    /cron/,
  )
})

everywhere('creating the same run again changes nothing, whatever has become of it', async (t, s) => {
  const run: NewRun = {
    runId: 'r',
    jobName: 'j',
    priority: 3,
    tags: [
      ['a', '1'],
      ['b', '2'],
    ],
    partitionKey: { single: ['y', 'x'] },
  }
  await s.createRun(run)
  await s.updateRunStatus('r', 'Success', { endTime: 9 })
  const ended = await s.getRun('r')
  // Fields that are not given are not compared; the status is not, either.
  for (const again of [
    run,
    { runId: 'r' },
    { ...run, status: 'Queued' as const },
    { runId: 'r', partitionKey: { single: ['x', 'y'] } },
  ]) {
    await s.createRun(again)
    await s.createRuns([again])
  }
  t.deepEqual(await s.getRun('r'), ended)
  t.is((await s.getRuns()).length, 1)
})

everywhere('the same id for another run is a conflict', async (t, s) => {
  const run: NewRun = {
    runId: 'r',
    jobName: 'j',
    startTime: 1,
    tags: [
      ['a', '1'],
      ['b', '2'],
    ],
  }
  await s.createRun(run)
  const kept = await s.getRun('r')
  const others: Partial<NewRun>[] = [
    { jobName: 'k' },
    { jobName: null },
    { startTime: 2 },
    {
      tags: [
        ['b', '2'],
        ['a', '1'],
      ],
    },
    { nodeNames: ['n'] },
    { priority: 1 },
    { partitionKey: 'p' },
    { launchedBy: LaunchedBy.condition() },
  ]
  for (const other of others) {
    await rejects(t, 'ERR_CONFLICT', () => s.createRun({ runId: 'r', ...other }))
    await rejects(t, 'ERR_CONFLICT', () => s.createRuns([{ runId: 'new' }, { runId: 'r', ...other }]))
  }
  t.deepEqual(await s.getRun('r'), kept)
  t.is(await s.getRun('new'), null)
})

everywhere('many runs are created in one call, all or none', async (t, s) => {
  await s.createRuns([])
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () => s.createRuns([{ runId: 'a' }, { runId: 'b', priority: 2 ** 31 }]),
    /priority/,
    /2147483648/,
  )
  t.deepEqual(await s.getRuns(), [])
  await s.createRuns(Array.from({ length: 150 }, (_, i) => ({ runId: `r${i}`, startTime: i })))
  t.is((await s.getRuns({ limit: 1000 })).length, 150)
})

everywhere('runs are listed newest first, the last created first among equals', async (t, s) => {
  await s.createRun({ runId: 'b', startTime: 5 })
  await s.createRun({ runId: 'c', startTime: 9 })
  await s.createRuns([
    { runId: 'z', startTime: 5 },
    { runId: 'a', startTime: 5 },
    { runId: 'old', startTime: -1 },
  ])
  t.deepEqual(ids(await s.getRuns()), ['c', 'a', 'z', 'b', 'old'])
})

everywhere('runs are listed by status, as it is now', async (t, s) => {
  await s.createRuns([1, 2, 3, 4].map(i => ({ runId: `r${i}`, startTime: i, status: 'Started' as const })))
  await s.updateRunStatus('r2', 'Failure')
  await s.updateRunStatus('r4', 'Success')
  t.deepEqual(ids(await s.getRuns({ status: 'Started' })), ['r3', 'r1'])
  t.deepEqual(ids(await s.getRuns({ status: 'Failure' })), ['r2'])
  t.deepEqual(ids(await s.getRuns({ status: 'Success', limit: 1 })), ['r4'])
  t.deepEqual(await s.getRuns({ status: 'Canceled' }), [])
  t.is((await s.getRuns()).length, 4)
  await rejects(t, 'ERR_INVALID_ARG', () => s.getRuns({ status: bad('Cancelled') }), /status/, /Cancelled/)
})

everywhere('runs are paged: 100 by default', async (t, s) => {
  await s.createRuns(
    Array.from({ length: 120 }, (_, i) => ({
      runId: `r${i}`,
      startTime: Math.floor(i / 7),
      status: 'Started' as const,
    })),
  )
  const all = ids(await s.getRuns({ limit: 1000 }))
  t.deepEqual(ids(await s.getRuns()), all.slice(0, 100))
  t.deepEqual(ids(await s.getRuns({ limit: 0 })), [])
  t.deepEqual(ids(await s.getRuns({ after: all[9]!, limit: 5 })), all.slice(10, 15))
  t.deepEqual(ids(await s.getRuns({ after: all[99]!, status: 'Started' })), all.slice(100))
  await rejects(t, 'ERR_NOT_FOUND', () => s.getRuns({ after: 'gone' }), /gone/)
})

everywhere('a terminal status stays, and has an end', async (t, s) => {
  for (const status of ['Success', 'Failure', 'Canceled'] as const) {
    const before = Date.now()
    await s.createRun({ runId: status, status: 'Started', startTime: 1 })
    await s.updateRunStatus(status, status)
    const ended = await s.getRun(status)
    t.is(ended?.status, status)
    t.is(ended?.startTime, 1)
    t.true(Math.abs(ended!.endTime! - before) < 5_000)
    await s.updateRunStatus(status, status, { endTime: 1 })
    for (const next of ['Queued', 'NotStarted', 'Started', 'Success', 'Failure', 'Canceled'] as const) {
      if (next !== status) await rejects(t, 'ERR_CONFLICT', () => s.updateRunStatus(status, next), new RegExp(status))
    }
    t.deepEqual(await s.getRun(status), ended)
  }
})

everywhere('the end time is the one given', async (t, s) => {
  await s.createRun({ runId: 'r' })
  await s.updateRunStatus('r', 'Started')
  t.is((await s.getRun('r'))?.endTime, null)
  await s.updateRunStatus('r', 'Success', { endTime: 42 })
  t.is((await s.getRun('r'))?.endTime, 42)
})

everywhere('a bad end time changes nothing', async (t, s) => {
  await s.createRun({ runId: 'r' })
  for (const endTime of [0.5, Number.NaN, 2 ** 53, '1', null, new Date()]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.updateRunStatus('r', 'Success', { endTime: bad(endTime) }), /endTime/)
  }
  t.is((await s.getRun('r'))?.status, 'NotStarted')
  await s.updateRunStatus('r', 'Success', { endTime: -5 })
  t.is((await s.getRun('r'))?.endTime, -5)
})

everywhere('an unknown run has no status to change, an unknown status is none', async (t, s) => {
  await rejects(t, 'ERR_NOT_FOUND', () => s.updateRunStatus('ghost', 'Started'), /ghost/)
  await s.createRun({ runId: 'r' })
  await rejects(t, 'ERR_INVALID_ARG', () => s.updateRunStatus('r', bad('Cancelled')), /status/, /Cancelled/)
  t.is((await s.getRun('r'))?.status, 'NotStarted')
  t.is(await s.getRun('ghost'), null)
})

everywhere('progress counts distinct steps started and ended', async (t, s) => {
  t.deepEqual(await s.getRunProgress('unknown'), {
    completedSteps: 0,
    totalSteps: 0,
    lastCompletedStep: null,
    lastStepCompletedAt: null,
  })
  await s.storeEvents([
    { eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp: 1 },
    { eventType: 'StepStart', runId: 'r', assetKey: 'b', timestamp: 2 },
    { eventType: 'StepStart', runId: 'r', assetKey: 'c', timestamp: 3 },
    { eventType: 'StepRetry', runId: 'r', assetKey: 'c', timestamp: 4 },
    { eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp: 5 },
    { eventType: 'StepSuccess', runId: 'r', assetKey: 'a', timestamp: 6 },
    { eventType: 'StepSuccess', runId: 'r', assetKey: 'a', timestamp: 7 },
    { eventType: 'StepFailure', runId: 'r', assetKey: 'b', timestamp: 8 },
    // One failed partition does not end the step.
    { eventType: 'StepFailure', runId: 'r', assetKey: 'c', partitionKey: 'p', timestamp: 9 },
    { eventType: 'StepStart', runId: 'r', timestamp: 10 },
    { eventType: 'StepSuccess', runId: 'other', assetKey: 'z', timestamp: 11 },
  ])
  t.deepEqual(await s.getRunProgress('r'), {
    completedSteps: 2,
    totalSteps: 3,
    lastCompletedStep: 'b',
    lastStepCompletedAt: 8,
  })
})

embedded(
  'runs belong to a code location in lists, and to all by id; they stay when the store is opened again',
  async (t, open) => {
    const a = await open({ codeLocation: 'a' })
    const b = await open({ codeLocation: 'b' })
    await a.s.createRun(FULL)
    await b.s.enqueueRun({ runId: 'rb' })
    const run = await a.s.getRun('full')
    t.deepEqual(await b.s.getRun('full'), run)
    t.deepEqual(ids(await a.s.getRuns()), ['full'])
    t.deepEqual(ids(await b.s.getRuns()), ['rb'])
    t.deepEqual(ids(await a.s.getQueuedRuns()), [])
    t.deepEqual(ids(await b.s.getQueuedRuns()), ['rb'])
    await rejects(t, 'ERR_CONFLICT', () => b.s.createRun({ runId: 'full', jobName: 'mine' }), /full/)
    await a.s.close()
    await b.s.close()
    const again = await open({ codeLocation: 'a' })
    t.deepEqual(await again.s.getRuns(), [run!])
  },
)
