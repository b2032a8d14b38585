// Fills a new store with rows in every table, and is killed while it deletes a run. In a process of its own:
// `node --import tsx fill.ts PATH` for an embedded store, `fill.ts ws://… DATABASE` for one on a server.
import { Storage } from 'rivers-storage'

/** Leases and queue entries that outlive every test. */
const FOR_EVER = '40000 days'

const [place = '', database = ''] = process.argv.slice(2)
const open = (): Promise<Storage> =>
  place.startsWith('ws://') ? Storage.connect(place, { database }) : Storage.embedded(place)

async function fill(): Promise<void> {
  const first = await open()
  await fillAssets(first)
  await fillRuns(first)
  await fillEvents(first)
  await fillPools(first)
  await first.close()
  await leaveHalfway(await open())
}

async function fillAssets(s: Storage): Promise<void> {
  await s.kvSet('bytes', Buffer.from([0, 1, 127, 128, 255]))
  await s.kvSet('ä🦀', Buffer.from('text'))
  await s.registerAssets([
    { assetKey: 'raw' },
    { assetKey: 'kept', codeVersion: '1' },
    {
      assetKey: 'orders',
      tags: ['daily'],
      kinds: ['table'],
      group: 'sales',
      codeVersion: '1',
      pool: [
        ['gpu', 1],
        ['db', 2],
      ],
    },
  ])
  await s.setGraphTopology({
    nodes: [
      { name: 'raw', kind: 'asset' },
      { name: 'orders', kind: 'asset', group: 'sales', parentGraph: 'whole' },
    ],
    edges: [['orders', 'raw']],
  })
  await s.addDynamicPartitions('customers', ['acme', 'it’s'])
}

async function fillRuns(s: Storage): Promise<void> {
  await s.createRuns(
    ['kept', 'pruned', 'deleted', 'over'].map(runId => ({ runId, status: 'Success', startTime: 1000 })),
  )
  await s.enqueueRuns([
    {
      runId: 'queued',
      jobName: 'nightly',
      startTime: 2000,
      tags: [['team', 'data']],
      nodeNames: ['train'],
      priority: 5,
      partitionKey: { multi: { day: ['1', '2'], zone: ['eu'] } },
      blockReason: 'full',
      launchedBy: { kind: 'manual', user: { subject: 'u1', email: 'a@example.org', name: 'Ünal' } },
    },
    { runId: 'started', startTime: 2001, launchedBy: { kind: 'schedule', name: 'nightly' } },
    { runId: 'next', startTime: 2002, launchedBy: { kind: 'backfill', backfillId: 'b1' } },
  ])
  await s.tryStartRun('started')
  await s.requestCancellation('started')
  await s.setRunOutcome('over', { status: 'Failure', completedSteps: 1, totalSteps: 2, message: 'out of memory' })
  await s.storeRunLogs([
    { id: 'log', runId: 'over', stepKey: 'train', stdout: 'o', stderr: 'e', logs: 'l', traceback: 't' },
    { runId: 'over', stepKey: 'test', stdout: 'o' },
  ])
  await s.storeTicks([
    { id: 'tick', automationName: 'nightly', automationType: 'Schedule', status: 'Skipped', skipReason: 'too early' },
    {
      automationName: 'nightly',
      automationType: 'Schedule',
      status: 'Success',
      runIds: ['started'],
      backfillIds: ['b1'],
      cursor: 'c',
    },
    { automationName: 'nightly', automationType: 'Schedule', status: 'Failed', error: 'no connection' },
  ])
}

async function fillEvents(s: Storage): Promise<void> {
  const made = { eventType: 'Materialization', dataVersion: 'v1', inputDataVersions: [['raw', 'v0']] } as const
  await s.storeEvents([
    { ...made, runId: 'pruned', assetKey: 'old', partitionKey: 'p', timestamp: 1 },
    { ...made, runId: 'kept', assetKey: 'kept', partitionKey: 'p', timestamp: 3000 },
    { ...made, runId: 'started', assetKey: 'orders', id: 'whole', timestamp: 3000, metadata: [['rows', '3']] },
    { ...made, runId: 'started', assetKey: 'orders', partitionKey: '2026-11-30', timestamp: 3001 },
    { ...made, runId: 'started', assetKey: 'orders', partitionKey: { single: ['a', 'b'] }, timestamp: 3002 },
    { runId: 'started', assetKey: 'orders', partitionKey: 'gone', eventType: 'Deletion', timestamp: 3003 },
    { runId: 'started', assetKey: 'train', eventType: 'StepFailure', timestamp: 3004 },
    { runId: 'started', eventType: 'RunDequeued', id: 'of-run', timestamp: 3005 },
  ])
  await s.deleteRun('kept')
  await s.pruneEvents({ olderThan: 2, keepLatest: false })
}

async function fillPools(s: Storage): Promise<void> {
  for (const pool of ['gpu', 'db', 'native']) await s.setPoolLimit(pool, 1, { leaseDuration: FOR_EVER })
  await s.setPoolLimit('unlimited', -1)
  const claims = [
    ['train', ['gpu', 'db', 'unlimited']],
    ['test', ['gpu']],
    ['hold', ['native']],
    // It asks for more while it holds a lease, so that it is ineligible.
    ['train', { gpu: 2, db: 1 }],
  ] as const
  for (const [stepKey, pools] of claims)
    await s.claimConcurrencySlots({ runId: 'started', stepKey, pools, leaseDuration: FOR_EVER, waitTtl: FOR_EVER })
}

/** A native wait is left in the queue, and the rows of a run that is half deleted. */
async function leaveHalfway(s: Storage): Promise<void> {
  void s.acquireSlots({ runId: 'waiting', stepKey: 'wait', pools: 'native', timeout: '1h' })
  while ((await s.getPoolInfo('native')).pendingCount === 0);
  // Of more than one batch.
  const events = Array.from({ length: 600 }, () => ({
    eventType: 'StepStart' as const,
    runId: 'deleted',
    timestamp: 1,
  }))
  await s.storeEvents(events)
  void s.deleteRun('deleted')
  while (s.getRunSync('deleted') !== null);
  process.kill(process.pid, 'SIGKILL')
}

void fill()
