import { isDeepStrictEqual } from 'node:util'
import { inOneShape } from '../translating/answers.js'
import { call, NotReplayed, translate, type Call } from '../translating/calls.js'
import { commandFor } from './commands.js'
import { Failure, isRefusedByPython, Refusal } from '../translating/errors.js'
import { inOurOrder } from '../expecting/order.js'
import { projected } from '../reading/projections.js'
import type { Step } from '../reading/recording.js'
import type { Replay } from './replay.js'
import { reconstructed, wroteUnrecorded } from './unrecorded.js'
import { DONE, recordedOf, type Answered, type Outcome } from '../comparing/verdict.js'
import { writesOf, type Write } from './writes.js'

/** Replays a step: a command, something of the executor, or a call of the storage. */
export async function outcomeOf(replay: Replay, step: Step, following: readonly Step[]): Promise<Outcome> {
  if (wroteUnrecorded(step)) {
    for (const write of await reconstructed(following, replay.world, asset => partitionsOf(replay, asset))) {
      await perform(replay, write)
    }
  }
  const command = commandFor(step.op)
  if (command) return command(replay, step)
  if (step.writes !== undefined) return execute(replay, step)
  if (EXECUTOR.test(step.op)) return new NotReplayed('the executor itself refused it')
  return answer(replay, step)
}

const EXECUTOR = /^\$(resolve|materialize|observe|run_action|job_execute|backfill)$/

/** What stood behind it is written; of what it gave, that is compared which the storage knows. */
async function execute(replay: Replay, step: Step): Promise<Outcome> {
  for (const write of writesOf(step)) await perform(replay, write)
  if (step.error || step.result === null || step.result === undefined) return DONE
  const { run_id, success } = step.result as Record<string, unknown>
  if (success === undefined) return new NotReplayed('the answer is one of the executor, not of the storage')
  const run = (await replay.perform(call('get_run', { run_id }))) as Record<string, unknown> | null
  const events = (await replay.perform(call('get_events_for_run', { run_id }))) as EventRow[]
  const failed = events.filter(event => event.event_type === 'StepFailure')
  const ours = {
    run_id: run?.['run_id'],
    success: run?.['status'] === 'Success',
    // Those it was to make.
    materialized_assets: run?.['node_names'],
    failed_assets: failed.map(event => [event.asset_key, new Map(event.metadata).get('error')]),
  }
  return { recorded: step.result, expected: step.result, rules: [], ours }
}

interface EventRow {
  event_type: string
  asset_key: string
  metadata: [string, string][]
}

async function perform(replay: Replay, { call, ids }: Write): Promise<void> {
  const stored = await replay.perform(call)
  if (stored instanceof Failure) throw stored.error
  replay.chain.expect(call, null)
  if (call.op === 'create_run') replay.world.noteStored(String(call.input['run_id']))
  for (const [at, id] of ids.entries()) {
    if (id === undefined) continue
    replay.world.bind(id, (stored as string[])[at])
    replay.world.noteStored(id)
  }
}

async function partitionsOf(replay: Replay, asset_key: string): Promise<Set<string>> {
  const keys = await replay.perform(call('get_materialized_partitions', { asset_key }))
  return new Set((keys as { display: string }[]).map(key => key.display))
}

/** A call of the storage, with what is expected of it. */
async function answer(replay: Replay, step: Step): Promise<Outcome> {
  const call = translate(step)
  if (call instanceof NotReplayed) return call
  // No two of the recorded claims were at the same time.
  if (call.op === 'claim_concurrency_slots') await replay.pass(CLAIM_MS)
  const expected = expectedOf(replay, step, call)
  if (isUnsafeTime(call)) return new NotReplayed('a time that is no safe integer', 'D2')
  const told = await replay.perform(call)
  if (call.op === 'create_run') replay.world.noteStored(String(call.input['run_id']))
  if (call.approximate) return new NotReplayed('a value of Python, replayed with the nearest of JavaScript', 'D26')
  const ours = step.projection && Array.isArray(told) ? projected(step.projection, told) : told
  if (ours === undefined && told !== undefined) return new NotReplayed(`recorded in part: ${step.projection}`)
  return { ...expected, ours }
}

const CLAIM_MS = 2
const WRITES = /^(set|add|delete|create|request|store)_|^kv_set$|^free_concurrency/

function expectedOf(replay: Replay, step: Step, call: Call): Omit<Answered, 'ours'> {
  const recorded = step.error ? recordedOf(step) : inOneShape(call.op, step.result ?? null)
  // Refused before anything looked at it, and on a store of its own: nothing follows from it.
  if (isRefusedByPython(step) || call.elsewhere) return { recorded, expected: recorded, rules: [] }
  const { value, rules } = replay.chain.expect(call, recorded)
  // A write that gave nothing may give anything.
  if (value === null && WRITES.test(call.op)) return { recorded: undefined, expected: undefined, rules }
  const code = value instanceof Refusal && value.rule ? [value.rule] : []
  const ordered = step.projection ? value : inOurOrder(call.op, value, replay.world)
  const order = isDeepStrictEqual(ordered, value) ? [] : ['D23']
  return { recorded, expected: ordered, rules: [...rules, ...code, ...order] }
}

const isUnsafeTime = ({ input }: Call): boolean =>
  Object.entries(input).some(([name, value]) => /_time$|^timestamp$/.test(name) && typeof value === 'bigint')
