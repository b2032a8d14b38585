import test from 'ava'
import { PLACES } from './replaying/all.js'
import { disagreements, recordingOf, replayed, verdicts, type RawStep } from './help.js'

const python = (type: string, message: string, ...mro: string[]) => ({ type, mro: [type, ...mro], message })
const bytes = (text: string) => ({ $bytes: Buffer.from(text).toString('base64') })
const pool = (key: string, claimed: number, pending: number, limit: number) => ({
  $type: 'PoolInfo',
  pool_key: key,
  slot_limit: limit,
  lease_duration_secs: 300,
  claimed_count: claimed,
  pending_count: pending,
})
const claim = (run: string, pools: [string, number][], result: object, kwargs = {}): RawStep => ({
  op: '_claim_concurrency_slots',
  args: [pools, run, 's'],
  kwargs,
  result: { $type: 'ConcurrencyClaimStatus', repr: 'of Python', ...result },
})
const CLAIMED = { status: 'claimed', is_claimed: true, position: 0, reason: null }
const pending = (position: number, claimed: number, limit: number, pool_key = 'db') => ({
  status: 'pending',
  is_claimed: false,
  position,
  reason: { kind: 'pool_full', pool_key, claimed, limit, pools: [] },
})

const GOOD: RawStep[] = [
  { op: '$note', args: ['a remark'] },
  { op: 'kv_set', args: ['k', bytes('v')], result: null },
  { op: 'async_kv_get', args: ['k'], result: bytes('v') },
  { op: 'kv_get', args: ['other'], result: null },
  { op: 'kv_get (another memory storage)', args: ['k'], result: null },
  { op: 'set_pool_limit', args: ['db', 1, '1h'], result: null },
  { op: 'set_pool_limit', args: ['db', 2 ** 31], error: python('OverflowError', 'too large') },
  { op: 'get_pool_info', args: ['none'], error: python('StorageError', "pool 'none' not configured") },
  { op: '$duration', args: ['90s'], result: { lease_duration_secs: 90 } },
  { op: '$type', result: { $type: 'StorageType', name: 'Memory', value: 0 } },
]

for (const place of PLACES) {
  test(`what agrees agrees, on ${place.backend} in ${place.form} form`, async t => {
    t.deepEqual(verdicts(await replayed(recordingOf(GOOD), place)), [
      'not replayed',
      'done',
      'compared',
      'compared',
      'compared',
      'done',
      'compared',
      'compared D22',
      'compared',
      'compared',
    ])
  })

  test(`what does not, does not, on ${place.backend} in ${place.form} form`, async t => {
    const wrong: Record<number, Partial<RawStep>> = {
      2: { result: bytes('w') },
      3: { result: bytes('') },
      4: { result: bytes('v') },
      6: { args: ['db', 3] },
      7: { error: python('StorageError', "pool 'another' not configured") },
      8: { result: { lease_duration_secs: 91 } },
      9: { result: { $type: 'StorageType', name: 'Remote', value: 2 } },
    }
    const steps = GOOD.map((step, at) => ({ ...step, ...wrong[at] }))
    t.deepEqual(disagreements(await replayed(recordingOf(steps), place)), [
      '2: ',
      '3: ',
      '4: ',
      '6: ',
      '7: ',
      '8: lease_duration_secs',
      '9: ',
    ])
  })
}

test('a step that nobody knows is one that disagrees', async t => {
  const unknown: RawStep[] = [
    { op: 'get_everything', result: [] },
    { op: '$unheard of', result: null },
    { op: 'kv_get (on the moon)', args: ['k'], result: null },
    { op: '$resolve', result: null, writes: { 'store_dreams (all)': [] } },
    { op: '$threads', args: [{ op: 'kv_set', threads: 2 }], result: { errors: 0 } },
  ]
  t.deepEqual(disagreements(await replayed(recordingOf(unknown))), ['0: ', '1: ', '2: ', '3: ', '4: '])
})

test('a call that succeeded must succeed, and one that failed must fail', async t => {
  const steps: RawStep[] = [
    { op: 'add_dynamic_partitions', args: ['d', ['a|b']], result: null },
    { op: 'add_dynamic_partitions', args: ['d', ['a']], error: python('StorageError', 'reserved character') },
    { op: 'add_dynamic_partitions', args: ['d', ['a|b']], error: python('StorageError', 'reserved character') },
    { op: 'get_dynamic_partitions', args: ['d'], result: [] },
  ]
  t.deepEqual(disagreements(await replayed(recordingOf(steps))), ['0: ', '1: ', '3: [0]'])
})

const partitions = (...keys: string[]): RawStep => ({ op: 'get_dynamic_partitions', args: ['d'], result: keys })

test('a row too many, a row too few and another order are seen', async t => {
  const steps = [{ op: 'add_dynamic_partitions', args: ['d', ['a', 'b']], result: null }]
  const lists = [partitions('a'), partitions('a', 'b', 'c'), partitions('b', 'a'), partitions('a', 'b')]
  const wrong = disagreements(await replayed(recordingOf([...steps, ...lists])))
  t.deepEqual(wrong, ['1: [1]', '2: [2]', '3: [0]', '3: [1]'])
})

const log = (id: string, run_id: string) => ({
  id: `run_logs:String("${id}")`,
  run_id,
  step_key: 's',
  timestamp: '$ts1',
})
const shown = (id: string, run_id: string) => ({ ...log(id, run_id), $type: 'StoredLog', stdout: null })

test('a placeholder is one value, and no other one is that', async t => {
  const steps: RawStep[] = [
    { op: '$materialize', result: null, writes: [{ store_run_logs: [log('$id2', '$id1'), log('$id3', '$id1')] }] },
    { op: 'get_run_logs', args: ['$id1'], result: [shown('$id2', '$id1'), shown('$id3', '$id1')] },
    { op: 'get_run_logs', args: ['$id1'], result: [shown('$id2', '$id1'), shown('$id2', '$id1')] },
    { op: 'get_run_logs', args: ['$id1'], result: [shown('$id2', '$id3'), shown('$id4', '$id1')] },
    {
      op: 'get_run_logs',
      args: ['$id1'],
      result: [shown('$id2', '$id1'), { ...shown('$id3', '$id1'), timestamp: '$ts2' }],
    },
  ]
  const orders = { ts_order: ['$ts1', '$ts2'] }
  const wrong = disagreements(await replayed(recordingOf(steps, orders)))
  t.deepEqual(wrong, ['2: [1].id', '3: [0].run_id', '3: [1].id', '4: [1].timestamp'])
})

test('of several right answers any other is wrong', async t => {
  const either = (...values: string[]): RawStep => ({
    op: 'kv_get',
    args: ['k'],
    result: { $one_of: values.map(bytes) },
  })
  const steps = [{ op: 'kv_set', args: ['k', bytes('v')], result: null }, either('u', 'v'), either('u', 'w')]
  t.deepEqual(disagreements(await replayed(recordingOf(steps))), ['2: '])
})

// D6: what has expired was renewed, and counted again.
const revival = (after: object): RawStep[] => [
  { op: 'set_pool_limit', args: ['db', 1], result: null },
  claim('a', [['db', 1]], CLAIMED, { lease_duration: '1s' }),
  { op: '$sleep', args: [1.5] },
  { op: '_renew_slot_lease', args: ['a', 's'], result: 1 },
  { op: 'get_pool_info', args: ['db'], result: after },
]

test('a rule says what ours is instead, and excuses nothing else', async t => {
  const good = await replayed(recordingOf(revival(pool('db', 1, 0, 1))))
  t.deepEqual(verdicts(good).slice(3), ['by rule alone D6', 'compared D6'])
  const bad = await replayed(recordingOf(revival({ ...pool('db', 1, 0, 2), pending_count: 3 })))
  t.deepEqual(disagreements(bad), ['4: slot_limit', '4: pending_count'])
})

test('what a rule began, later results show in its rows and counts', async t => {
  // D7: who holds slots of a pool without a limit was not known. D5: a waiter was counted in one pool.
  const steps: RawStep[] = [
    { op: 'set_pool_limit', args: ['open', -1], result: null },
    { op: 'set_pool_limit', args: ['api', 0], result: null },
    { op: 'set_pool_limit', args: ['db', 0], result: null },
    claim('a', [['open', 2]], CLAIMED),
    claim(
      'b',
      [
        ['db', 1],
        ['open', 1],
      ],
      pending(1, 0, 0),
    ),
    { op: 'get_pool_slot_holders', args: ['open'], result: [] },
    { op: 'get_all_pool_infos', result: [pool('api', 0, 0, 0), pool('db', 0, 1, 0), pool('open', 0, 0, -1)] },
    { op: 'get_all_pool_infos', result: [pool('api', 0, 0, 0), pool('db', 0, 0, 0), pool('open', 0, 0, -1)] },
  ]
  const seen = await replayed(recordingOf(steps))
  t.deepEqual(verdicts(seen).slice(5, 7), ['by rule alone D7', 'compared D5 D7'])
  t.deepEqual(disagreements(seen), ['7: [1].pending_count'])
})

test('an outcome that ends a run is seen in lists of runs', async t => {
  const run = { run_id: 'r', job_name: 'j', status: 'Started', start_time: 5, end_time: null, priority: 0 }
  const steps: RawStep[] = [
    { op: '_create_run', args: ['r', 'j', 'Started', 5], result: null },
    { op: 'set_run_outcome', args: ['r', 'Cancelled', 1, 2, null], result: null },
    { op: 'get_run', args: ['r'], result: run },
    { op: 'get_run', args: ['r'], result: { ...run, job_name: 'k' } },
    { op: 'get_runs', args: [10, 'Canceled'], result: [] },
    { op: 'get_runs', args: [10, 'Started'], result: [run] },
    { op: '_create_run', args: ['r', 'k', 'Started', 5], result: null },
    { op: 'kv_get', args: ['run_outcome:r'], result: bytes('{"Cancelled":{"completed_steps":1,"total_steps":2}}') },
  ]
  const seen = await replayed(recordingOf(steps))
  t.deepEqual(verdicts(seen).slice(2), [
    'compared D12',
    'disagrees D12',
    'by rule alone D12',
    'by rule alone D12',
    'by rule alone D15',
    'by rule alone D14',
  ])
  t.deepEqual(disagreements(seen), ['3: job_name'])
})

test("a value of Python's own is replayed with the nearest, and compared with nothing", async t => {
  const steps: RawStep[] = [
    { op: 'set_pool_limit', args: ['db', '<python True>'], result: null },
    { op: 'set_pool_limit', args: ['db', 2, '<python None>'], error: python('TypeError', 'not a str') },
    { op: 'get_pool_info', args: ['db'], result: pool('db', 0, 0, 1) },
    { op: 'get_runs', kwargs: { unheard_of: 1 }, result: [] },
  ]
  t.deepEqual(verdicts(await replayed(recordingOf(steps))), [
    'not replayed D26',
    'not replayed D26',
    'compared',
    'not replayed D26',
  ])
})

const started = (run_id: string, start_time: unknown) => ({ run_id, start_time })

test('a time that is no safe integer is left out of what follows', async t => {
  const far = { $int: '9007199254740993' }
  const steps: RawStep[] = [
    { op: '_create_run', args: ['far', 'j', 'Queued', far], result: null },
    { op: '_create_run', args: ['near', 'j', 'Queued', 1], result: null },
    { op: 'get_runs', result: [started('far', far), started('near', 1)] },
    { op: 'get_run', args: ['far'], result: started('far', far) },
  ]
  const seen = await replayed(recordingOf(steps))
  t.deepEqual(verdicts(seen), ['not replayed D2', 'done', 'compared D2', 'by rule alone D2'])
})

const tick = (id: string, timestamp: string, status = 'Success') => ({
  id: `ticks:String("${id}")`,
  automation_name: 'a',
  automation_type: 'Schedule',
  status,
  timestamp,
  run_ids: [],
})
const ticks = (...result: object[]): RawStep => ({
  op: 'get_ticks',
  args: ['a'],
  projection: 'oldest two, oldest first',
  result,
})

test('what was not recorded is made up from what is read, and from nothing that was written', async t => {
  const steps: RawStep[] = [
    ticks(),
    { op: '$daemon', args: [{}] },
    ticks(tick('$id1', '$ts1'), tick('$id2', '$ts2')),
    ticks(tick('$id1', '$ts1', 'Failed'), tick('$id2', '$ts2')),
    { ...ticks(tick('$id1', '$ts1')), projection: 'the middle one' },
  ]
  const seen = await replayed(recordingOf(steps, { ts_order: 'not recorded' }))
  t.deepEqual(verdicts(seen), ['compared', 'not replayed', 'compared', 'disagrees', 'not replayed'])
})

test('opened again, a store on disk is in the code location that it was opened in', async t => {
  const steps: RawStep[] = [
    { op: 'set_pool_limit', args: ['db', 1], result: null },
    { op: '$reopen', args: [{ RIVERS_CODE_LOCATION_ID: 'other' }], result: null },
    { op: 'get_pool_limits', result: [] },
    claim('a', [['db', 1]], CLAIMED),
    { op: '$reopen', result: null },
    { op: 'get_pool_info', args: ['db'], result: pool('db', 0, 0, 1) },
  ]
  steps[3] = { op: 'get_pool_info', args: ['db'], error: python('StorageError', "pool 'db' not configured") }
  const recording = recordingOf(steps, { backend: 'embedded' })
  for (const form of ['promise', 'sync'] as const) {
    const verdict = verdicts(await replayed(recording, { backend: 'embedded', form }))
    t.deepEqual(verdict, ['done', 'done', 'compared', 'compared D22', 'done', 'compared'])
  }
  t.deepEqual(verdicts(await replayed(recording)), ['done', ...Array.from({ length: 5 }, () => 'not replayed')])
})
