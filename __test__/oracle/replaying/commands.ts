import { Storage } from 'rivers-storage'
import { call, NotReplayed } from '../translating/calls.js'
import { Failure } from '../translating/errors.js'
import { connect, migrateEmbedded, openEmbedded, reopen } from './openings.js'
import type { Step } from '../reading/recording.js'
import type { Replay } from './replay.js'
import { DONE, plainly, type Outcome } from '../comparing/verdict.js'

export type Command = (replay: Replay, step: Step) => Promise<Outcome>

const skip =
  (why: string): Command =>
  async () =>
    new NotReplayed(why)

/** What is no method of the storage, and how it is replayed. Whatever says what it writes needs not be here. */
const COMMANDS: [RegExp, Command][] = [
  [/^\$note$/, skip('a note')],
  [/^\$sleep$/, sleep],
  [/^\$duration$/, duration],
  [/^\$threads$/, threads],
  [/^\$type$/, type],
  [/^\$StorageType$/, skip('an enumeration of Python, which here is a type only')],
  [/^\$new Storage\(\)$/, construct],
  [/^\$open embedded$/, openEmbedded],
  [/^\$migrate_embedded/, migrateEmbedded],
  [/^\$reopen/, reopen],
  [/^\$connect$/, connect],
  [/^\$repo\./, skip('repositories are no part of the package')],
  [/^_create_backfill$/, skip('backfills are no part of the package')],
  [/^\$daemon$/, skip('the daemon is no part of the package')],
]

export const commandFor = (op: string): Command | undefined => COMMANDS.find(([pattern]) => pattern.test(op))?.[1]

async function sleep(replay: Replay, { args: [seconds] }: Step): Promise<Outcome> {
  await replay.pass(Number(seconds) * 1000)
  return DONE
}

async function duration(replay: Replay, step: Step): Promise<Outcome> {
  const limit = call('set_pool_limit', { pool_key: 'd', limit: 1, lease_duration: step.args[0] })
  const ours = await replay.perform(limit)
  if (step.error) return plainly(step, ours)
  replay.chain.expect(limit, null)
  return plainly(step, await replay.perform(call('get_pool_info', { pool_key: 'd' })))
}

/** Promises are made all at once. A thread that blocks has no calls side by side. */
async function threads(replay: Replay, step: Step): Promise<Outcome> {
  const { op, pool, threads } = step.args[0] as { op: string; pool: string; threads: number }
  if (op !== '_claim_concurrency_slots') throw new Error(`nobody knows how to replay ${op} in threads`)
  const claims = Array.from({ length: threads }, (_, at) =>
    call('claim_concurrency_slots', { pools: [[pool, 1]], run_id: `thread-${at}`, step_key: 'step' }),
  )
  const answers = await Promise.all(claims.map(claim => replay.perform(claim)))
  for (const claim of claims) replay.chain.expect(claim, null)
  const count = (status: string): number =>
    answers.filter(answer => (answer as { status?: string }).status === status).length
  const [claimed, pending] = [count('claimed'), count('pending')]
  return plainly(step, { claimed, pending, errors: threads - claimed - pending })
}

/** That of the store of this replay, as it was that of the recorded one. */
async function type(replay: Replay, step: Step): Promise<Outcome> {
  const { backend } = replay.place
  const isOwn = String(step.result).toLowerCase() === replay.recording.backend
  const expected = isOwn ? backend[0]!.toUpperCase() + backend.slice(1) : step.result
  return { recorded: expected, expected, rules: [], ours: replay.storage.type }
}

/** Refused by the language, there and here. */
async function construct(replay: Replay): Promise<Outcome> {
  const made = await replay.attempt(async () => new (Storage as unknown as new () => unknown)())
  const ours = made instanceof Failure ? 'refused' : 'made'
  return { recorded: 'refused', expected: 'refused', rules: [], ours }
}
