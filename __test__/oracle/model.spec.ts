import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { drive } from '../helpers/driver.js'
import { newSeed, Random } from '../helpers/random.js'
import { inOneShape, inTheirWords } from './translating/answers.js'
import { call, NotReplayed, translate, type Call } from './translating/calls.js'
import { manualClock } from './replaying/clock.js'
import { compare } from './comparing/compare.js'
import { milliseconds } from './translating/durations.js'
import { Failure, isRefusedByPython, refusal, Refusal } from './translating/errors.js'
import { readRecordings, type Step } from './reading/recording.js'
import { MODELLED } from './expecting/rules.js'
import { World } from './replaying/world.js'
import { writesOf } from './replaying/writes.js'
import { Model, type Rules } from './expecting/model/model.js'

const modelOf = (rules: Rules, world: World): Model =>
  new Model(rules, { time: time => world.time(time), span: milliseconds })

// Without rules, the model is the reference: that is what makes a rule's change one of the rule and of nothing else.
for (const recording of readRecordings(join('__test__', 'oracle', 'recorded'))) {
  test(`without rules, the model answers as was recorded of ${recording.scenario}`, t => {
    const world = new World(recording.timeOrder, 0)
    const model = modelOf(new Set(), world)
    let asked = 0
    for (const [at, step] of recording.steps.entries()) {
      if (step.op === '$daemon') break
      if (step.op === '$sleep') model.pass(Number(step.args[0]) * 1000)
      for (const { recorded, call } of callsOf(step)) {
        const told = model.answer(call, recorded)
        if (told === undefined || recorded === undefined || recorded instanceof Refusal) continue
        asked += 1
        t.true(isPart(told, recorded), `step ${at}: ${inspect({ told, recorded }, { depth: 5 })}`)
      }
    }
    t.log(`${asked} answers`)
    t.pass()
  })
}

/** Whether all that is told was recorded. */
function isPart(told: unknown, recorded: unknown): boolean {
  if (typeof told === 'function') return true
  if (typeof told !== 'object' || told === null || Buffer.isBuffer(told)) return isDeepStrictEqual(told, recorded)
  if (typeof recorded !== 'object' || recorded === null || told instanceof Refusal) return false
  if (Array.isArray(told) && (!Array.isArray(recorded) || recorded.length !== told.length)) return false
  return Object.entries(told).every(([name, field]) => isPart(field, (recorded as Record<string, unknown>)[name]))
}

const unrecorded = (call: Call) => ({ call, recorded: undefined })

/** What the model hears of a step, with what was recorded of it. */
function callsOf(step: Step): { call: Call; recorded: unknown }[] {
  if (step.writes !== undefined) return writesOf(step).map(({ call }) => unrecorded(call))
  if (step.op === '$threads') {
    const { pool, threads } = step.args[0] as { pool: string; threads: number }
    const claim = (at: number) =>
      call('claim_concurrency_slots', { pools: [[pool, 1]], run_id: `${at}`, step_key: 's' })
    return Array.from({ length: threads }, (_, at) => unrecorded(claim(at)))
  }
  if (step.op.startsWith('$') || step.op === '_create_backfill' || isRefusedByPython(step)) return []
  const translated = translate(step)
  if (translated instanceof NotReplayed || translated.elsewhere) return []
  return [{ call: translated, recorded: step.error ? refusal(step) : inOneShape(step.op, step.result) }]
}

const POOLS = ['a', 'b', 'c']
const STEPS = ['r/1', 'r/2', 'q/1', 'q/2', 'p/1']

function randomCall(random: Random): Call {
  const [run_id, step_key] = random.of(STEPS).split('/') as [string, string]
  const pool_key = random.of(POOLS)
  const lease = random.of([{}, {}, { lease_duration: random.of(['1s', '1500ms', '5s', '20s', '0s']) }])
  const wants = (): [string, number][] =>
    Array.from({ length: 1 + random.below(3) }, () => [random.of(POOLS), 1 + random.below(3)])
  const kinds: (() => Call)[] = [
    () =>
      call('set_pool_limit', { pool_key, limit: random.below(6) - 1, ...random.of([{}, { lease_duration: '3s' }]) }),
    ...Array.from({ length: 8 }, () => () => {
      const priority = random.of([{}, {}, { priority: random.below(3) - 1 }])
      return call('claim_concurrency_slots', { pools: wants(), run_id, step_key, ...priority, ...lease })
    }),
    () => call('claim_concurrency_slots', { pools: [[pool_key, random.of([0, 1, -1])]], run_id, step_key }),
    () => call('claim_concurrency_slots', { pools: [[random.of(['unknown', pool_key]), 1]], run_id, step_key }),
    () => call('renew_slot_lease', { run_id, step_key, ...lease }),
    () => call('free_concurrency_slots', { run_id, step_key }),
    () => call('free_concurrency_slots', { run_id, step_key }),
    () => call('free_concurrency_slots_for_run', { run_id }),
    () => call('free_expired_leases', {}),
    () =>
      call('create_run', {
        run_id,
        job_name: '',
        status: 'Queued',
        start_time: random.below(5),
        priority: random.below(2),
      }),
    () => call('set_run_outcome', { run_id, status: 'Failure', completed_steps: 1, total_steps: 2 }),
    () => call('cancel_queued_run', { run_id }),
    () => call('request_cancellation', { run_id }),
    () => call('kv_set', { key: `cancel:${run_id}`, value: Buffer.from('x') }),
  ]
  return random.of(kinds)()
}

const looks = (): Call[] => [
  call('get_all_pool_infos', {}),
  ...POOLS.map(pool_key => call('get_pool_slot_holders', { pool_key })),
  ...['r', 'q'].flatMap(run_id => [call('get_run', { run_id }), call('is_cancelled', { run_id })]),
  call('kv_get', { key: 'cancel:r' }),
]

const shown = ({ method, args }: Call): string => `${method}(${args.map(arg => JSON.stringify(arg)).join(', ')})`

test('with all rules, the model answers as the storage does, whatever is done to it', async t => {
  const random = new Random(newSeed())
  t.log(`seed ${random.seed}`)
  for (let history = 0; history < 20; history++) {
    using storage = Storage.memorySync({ clock: 'manual' })
    const clock = manualClock(0, () => storage)
    const driver = drive(storage, 'sync') as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    const model = modelOf(new Set(MODELLED), new World([], 0))
    const done: Call[] = POOLS.map(pool_key => call('set_pool_limit', { pool_key, limit: random.below(4) }))
    const check = async (call: Call): Promise<void> => {
      const expected = model.answer(call, null)
      const ours = await driver[call.method]!(...call.args).then(
        told => inTheirWords(call.op, told, clock),
        error => new Failure(error),
      )
      if (expected === undefined || (expected === null && ours === undefined)) return
      const differences = compare(expected, ours, new World([], 0))
      if (differences.length > 0) t.deepEqual(differences, [], [...done, call].map(shown).join('\n'))
    }
    for (const call of done) await check(call)
    for (let i = 0; i < 60; i++) {
      const ms = random.of([1, 1, 1, 500, 1000, 4000, 16_000])
      model.pass(ms)
      await clock.pass(ms)
      const call = randomCall(random)
      done.push(call)
      await check(call)
      for (const look of looks()) await check(look)
    }
  }
  t.pass()
})

test('with all rules, the model finds stale what the storage does, in any graph', async t => {
  const random = new Random(newSeed())
  t.log(`seed ${random.seed}`)
  const names = ['a', 'b', 'c', 'd', 'e']
  for (let graph = 0; graph < 200; graph++) {
    using storage = Storage.memorySync({ clock: 'manual' })
    const model = modelOf(new Set(MODELLED), new World([], 0))
    const assets = names
      .filter(() => random.below(4) > 0)
      .map(asset_key => ({ asset_key, code_version: random.of([null, '1', '2']) }))
    const edges = Array.from(
      { length: random.below(7) },
      () => [random.of(names), random.of(names)] as [string, string],
    )
    const made = assets.slice(random.below(2)).map(({ asset_key }, at) => ({
      id: `${at}`,
      event_type: random.of(['Materialization', 'Materialization', 'Observation']),
      asset_key,
      run_id: 'r',
      partition_key: null,
      timestamp: at,
      metadata: [],
      data_version: random.of([null, '1', '2', '2']),
      input_data_versions_given_to_store_events: edges
        .filter(([down]) => down === asset_key && random.below(3) > 0)
        .map(([, up]) => [up, random.of(['1', '2'])]),
    }))
    const newer = assets.map(asset => ({ ...asset, code_version: random.of([asset.code_version, '2']) }))
    const writes = {
      register_assets: assets.map(asset => ({ ...asset, tags: [], kinds: [], group: null, pool: [] })),
      'kv_set graph_topology:default': { nodes: [], edges },
      store_events: made,
    }
    const step = { op: '$resolve', args: [], kwargs: {} }
    for (const { call } of [
      ...writesOf({ ...step, writes }),
      ...writesOf({ ...step, writes: { register_assets: newer } }),
    ]) {
      model.answer(call, null)
      await (drive(storage, 'sync') as never as Record<string, (...args: unknown[]) => Promise<unknown>>)[call.method]!(
        ...call.args,
      )
    }
    const look = call('compute_staleness', {})
    const ours = inTheirWords(
      'compute_staleness',
      storage.computeStalenessSync(),
      manualClock(0, () => storage),
    )
    const differences = compare(model.answer(look, null), ours, new World([], 0))
    if (differences.length > 0) t.deepEqual(differences, [], JSON.stringify({ edges, assets, made, newer }))
  }
  t.pass()
})

test('every rule of the list of deviations is one that the replay knows, and no other is', t => {
  const listed = Array.from(
    readFileSync(join('__test__', 'oracle', 'DEVIATIONS.md'), 'utf8').matchAll(/^\| (D\d+) /gm),
    match => match[1]!,
  )
  // Placeholders and words; openings; codes of errors; order; arguments.
  const elsewhere = ['D1', 'D18', 'D19', 'D20', 'D21', 'D22', 'D23', 'D26']
  t.deepEqual([...MODELLED, ...elsewhere].toSorted(), listed.toSorted())
})
