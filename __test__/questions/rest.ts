import { each, type Question } from './question.js'

const tick = `entry_id AS id, automation_name AS automationName, automation_type AS automationType, status, time AS timestamp,
  run_ids ?? [] AS runIds, backfill_ids ?? [] AS backfillIds, skip_reason AS skipReason, error, cursor`

export const OTHER_QUESTIONS: Question[] = [
  {
    title: 'the value of each key',
    ask: (s, { keys }) => each(keys, key => s.kvGet(key)),
    surql: `RETURN $keys.map(|$key| (SELECT VALUE value FROM ONLY kv:[$key]))`,
  },
  { title: 'the keys', ask: s => s.kvKeys(), surql: `SELECT VALUE key FROM kv LIMIT 100` },
  {
    title: 'the keys with a prefix',
    ask: s => s.kvKeys({ prefix: 'a/' }),
    surql: `SELECT VALUE key FROM kv WHERE string::starts_with(key, 'a/')`,
  },
  {
    title: 'two keys after one',
    ask: s => s.kvKeys({ after: 'a/1', limit: 2 }),
    surql: `SELECT VALUE key FROM kv:['a/1']>.. LIMIT 2`,
  },
  {
    title: 'the ticks of each automation, newest first',
    ask: (s, { automations }) => each(automations, automation => s.getTicks(automation)),
    surql: `RETURN $automations.map(|$name| (SELECT ${tick} FROM
      (SELECT * FROM tick:[$location, $name]..[$location, $name, ..] ORDER BY id DESC LIMIT 100)))`,
  },
  {
    title: 'three ticks after the second',
    ask: async s => s.getTicks('nightly', { after: (await s.getTicks('nightly'))[1]!.id, limit: 3 }),
    surql: `SELECT ${tick} FROM (SELECT * FROM tick:[$location, 'nightly']..[$location, 'nightly', ..] ORDER BY id DESC LIMIT 3 START 2)`,
  },
  {
    title: 'the jobs of the runs that a tick launched',
    ask: async s =>
      each((await s.getTicks('nightly')).toReversed(), async ({ runIds }) =>
        each(runIds, async run => (await s.getRun(run))!.jobName),
      ),
    surql: `SELECT VALUE (runs ?? []).map(|$run| $run.job_name) FROM tick:[$location, 'nightly']..[$location, 'nightly', ..]`,
  },
]
