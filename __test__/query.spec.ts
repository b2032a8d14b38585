import test from 'ava'
import { Storage } from 'rivers-storage'
import { everywhere, onBoth, onManualClock } from './helpers/everywhere.js'
import { granted } from './helpers/granted.js'
import { bad, failureOf, isError, rejects } from './helpers/rejects.js'

everywhere('each statement has an answer, and all see what was stored before the call', async (t, s) => {
  t.deepEqual(await s.query(''), [])
  await s.createRun({ runId: 'r1', jobName: 'nightly' })
  await s.storeEvent({ eventType: 'StepStart', runId: 'r1', assetKey: 'orders' })
  const answers = await s.query(`
    SELECT event_type, run.job_name FROM event;
    SELECT VALUE run_id FROM run;
    LET $n = 1;
    RETURN $n + 1;
    SELECT * FROM ONLY kv:['none'];`)
  t.deepEqual(answers, [[{ event_type: 'StepStart', run: { job_name: 'nightly' } }], ['r1'], null, 2, null])
})

everywhere('answers are plain values', async (t, s) => {
  const [answer] = await s.query(`RETURN {
    none: NONE, null: NULL, yes: true, int: 7, safe: 9007199254740991, large: 9007199254740992, small: -9007199254740993,
    float: 1.5, infinite: math::inf, text: 'ä🦀', bytes: <bytes>'ab', at: d'2026-01-02T03:04:05.678Z', decimal: 1.10dec,
    duration: 1h30m, uuid: u'018f9b5c-5d5a-7000-8000-000000000000', range: 1..3, id: run:['r1', 2], table: type::table('run'),
    point: (1.5, 2.5), list: [1, [2]], set: <set>[2, 1, 2], object: { a: { b: 1 } }
  }`)
  t.deepEqual(answer, {
    none: null,
    null: null,
    yes: true,
    int: 7,
    safe: 9007199254740991,
    large: 9007199254740992n,
    small: -9007199254740993n,
    float: 1.5,
    infinite: Infinity,
    text: 'ä🦀',
    bytes: Buffer.from('ab'),
    at: '2026-01-02T03:04:05.678Z',
    decimal: '1.1dec',
    duration: '1h30m',
    uuid: "u'018f9b5c-5d5a-7000-8000-000000000000'",
    range: '1..3',
    id: "run:['r1', 2]",
    table: 'run',
    point: { type: 'Point', coordinates: [1.5, 2.5] },
    list: [1, [2]],
    set: [1, 2],
    object: { a: { b: 1 } },
  })
})

everywhere('variables are bound and never spliced', async (t, s) => {
  const vars = {
    text: `'; DELETE run; '`,
    int: 7,
    float: 0.5,
    negative: -3,
    large: 2n ** 62n,
    yes: false,
    nothing: null,
    at: new Date(1764460800123),
    bytes: new Uint8Array([0, 255]),
    list: [1, 'a', [null]],
    object: { a: { b: 1n } },
    left: undefined,
  }
  const [answer] = await s.query(
    'RETURN [$text, $int, $float, $negative, $large, $yes, $nothing, $at, $bytes, $list, $object, $left, $int.is_int()]',
    { vars },
  )
  t.deepEqual(answer, [
    vars.text,
    7,
    0.5,
    -3,
    2n ** 62n,
    false,
    null,
    '2025-11-30T00:00:00.123Z',
    Buffer.from([0, 255]),
    [1, 'a', [null]],
    { a: { b: 1 } },
    null,
    true,
  ])
  await s.createRun({ runId: 'r1' })
  t.deepEqual(await s.query('SELECT VALUE run_id FROM run WHERE run_id = $id', { vars: { id: 'r1' } }), [['r1']])
})

everywhere('what cannot be bound or asked is refused by name', async (t, s) => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const refused: [string, unknown, RegExp][] = [
    ['RETURN 1', { vars: { f: () => 1 } }, /options\.vars\['f'\]/],
    ['RETURN 1', { vars: { s: Symbol('s') } }, /options\.vars\['s'\]/],
    ['RETURN 1', { vars: { m: new Map() } }, /options\.vars\['m'\]/],
    ['RETURN 1', { vars: { d: new Date(Number.NaN) } }, /options\.vars\['d'\]/],
    ['RETURN 1', { vars: { n: 2n ** 63n } }, /options\.vars\['n'\]/],
    ['RETURN 1', { vars: { c: cyclic } }, /options\.vars\['c'\]/],
    ['RETURN 1', { vars: { '\ud800': 1 } }, /options\.vars/],
    ['RETURN 1', { vars: [] }, /options\.vars/],
    ['RETURN 1', { timeout: -1 }, /options\.timeout/],
    ['RETURN 1', { signal: 7 }, /options\.signal/],
    ['RETURN 1', { vars: { auth: 1 } }, /auth/],
    ['RETURN 1', 7, /options/],
  ]
  for (const [surql, options, names] of refused) {
    await rejects(t, 'ERR_INVALID_ARG', async () => s.query(surql, bad(options)), names)
  }
  await rejects(t, 'ERR_INVALID_ARG', async () => s.query(bad(7)), /surql/)
})

everywhere('a statement that does not parse, fails or may not run is named by its number', async (t, s) => {
  const refused: [string, RegExp][] = [
    ['RETURN 1; SELEC * FROM run', /statement 2 .*does not parse/s],
    ['RETURN 1; RETURN 2; THROW "no"', /statement 3 .*no/],
    ['RETURN 1 + [];', /statement 1/],
    ['RETURN 1; CREATE run:x', /statement 2/],
    ['DEFINE TABLE x', /statement 1/],
    ['RETURN 1; SLEEP 1s', /statement 2/],
    ['RETURN http::get("http://localhost")', /statement 1 .*http::get/],
    ['BEGIN; RETURN 1; COMMIT', /statement 1/],
    ['USE NS other', /statement 1/],
  ]
  for (const [surql, mentions] of refused) await rejects(t, 'ERR_INVALID_ARG', async () => s.query(surql), mentions)
  t.deepEqual(await s.query('SELECT * FROM run'), [[]])
})

onManualClock(
  'functions of time tell the time of the store',
  async (t, s, pass) => {
    const now = (): Promise<unknown[]> =>
      s.query('RETURN time::now(); RETURN time::unix(); RETURN { RETURN time::millis() }')
    t.deepEqual(await now(), ['1970-01-01T00:00:01Z', 1, 1000])
    pass('1d')
    t.deepEqual(await now(), ['1970-01-02T00:00:01Z', 86401, 86401000])
  },
  { now: 1000 },
)

onManualClock('an expired lease is seen as it is stored, and by its time', async (t, s, pass) => {
  await s.setPoolLimit('db', 1)
  granted(await s.claimConcurrencySlots({ runId: 'r1', stepKey: 'a', pools: 'db', leaseDuration: '10s' }))
  const live = 'SELECT VALUE step_key FROM slot WHERE ends_at > time::millis()'
  t.deepEqual(await s.query(live), [['a']])
  pass('10s')
  t.deepEqual(await s.query(live), [[]])
  t.is((await s.getPoolInfo('db')).claimedCount, 0)
})

onBoth('a signal ends a query with its reason', async (t, s) => {
  const slow = 'RETURN array::len(array::range(0, 100000).map(|$x| array::range(0, 1000).len()))'
  const reason = new Error('enough')
  const abort = new AbortController()
  const asking = failureOf(s.query(slow, { signal: abort.signal }))
  abort.abort(reason)
  t.is(await asking, reason)
  t.is(await failureOf(s.query('RETURN 1', { signal: abort.signal })), reason)
  t.is(
    t.throws(() => s.querySync('RETURN 1', { signal: abort.signal })),
    reason,
  )
  t.deepEqual(await s.query('RETURN 1', { signal: new AbortController().signal }), [1])
})

everywhere('a query ends at its timeout, and the next one runs', async (t, s) => {
  const slow = 'FOR $i IN 0..1000000000 { LET $x = $i; }'
  await rejects(t, 'ERR_TIMEOUT', async () => s.query(slow, { timeout: 50 }), /50 ms/)
  t.deepEqual(await s.query('RETURN 1'), [1])
})

onBoth('closing ends queries under way', async (t, s) => {
  const asking = failureOf(s.query('FOR $i IN 0..1000000000 { LET $x = $i; }'))
  await new Promise(resolve => setTimeout(resolve, 20))
  await s.close()
  isError(t, await asking, 'ERR_CLOSED')
  await rejects(t, 'ERR_CLOSED', () => s.query('RETURN 1'))
})

test('an answer over 64 MiB is refused while it comes', async t => {
  const s = await Storage.memory()
  const half = Buffer.alloc(9 << 20, 'a')
  for (let i = 0; i < 8; i++) s.kvSetSync(`k${i}`, half)
  await rejects(t, 'ERR_INVALID_ARG', () => s.query('SELECT * FROM kv'), /64 MiB/)
  t.is((await s.query<[unknown[]]>('SELECT * FROM kv LIMIT 7'))[0].length, 7)
  await s.close()
})
