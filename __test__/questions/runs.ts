import type { RunStatus } from 'rivers-storage'
import { each, ofEach, type Question, RUN, withPartition, withPartitions } from './question.js'

const STATUSES: RunStatus[] = ['Queued', 'NotStarted', 'Started', 'Success', 'Failure', 'Canceled']
const NEWEST = 'SELECT VALUE run FROM run_by_time:[$location]..[$location, ..] ORDER BY id DESC'

export const RUN_QUESTIONS: Question[] = [
  {
    title: 'each run, and one that is not there',
    ask: (s, { runs }) => each(runs, run => s.getRun(run)),
    surql: `RETURN $runs.map(|$run| (SELECT ${RUN} FROM ONLY run:[$run]))`,
    convert: ofEach(withPartition),
  },
  {
    title: 'the runs, newest first',
    ask: s => s.getRuns(),
    surql: `SELECT ${RUN} FROM (${NEWEST} LIMIT 100)`,
    convert: withPartitions,
  },
  {
    title: 'the three newest runs',
    ask: s => s.getRuns({ limit: 3 }),
    surql: `SELECT ${RUN} FROM (${NEWEST} LIMIT 3)`,
    convert: withPartitions,
  },
  {
    title: 'the runs after the fifth',
    ask: async s => s.getRuns({ after: (await s.getRuns())[4]!.runId }),
    surql: `SELECT ${RUN} FROM (${NEWEST} LIMIT 100 START 5)`,
    convert: withPartitions,
  },
  {
    title: 'the runs of each status',
    ask: s => each(STATUSES, status => s.getRuns({ status })),
    surql: `RETURN ${JSON.stringify(STATUSES)}.map(|$status| (SELECT ${RUN} FROM
      (SELECT VALUE run FROM run_by_status:[$location, $status]..[$location, $status, ..] ORDER BY id DESC LIMIT 100)))`,
    convert: ofEach(withPartitions),
  },
  {
    title: 'how many runs have each status',
    ask: async s => (await each(STATUSES, status => s.getRuns({ status }))).map(runs => (runs as unknown[]).length),
    surql: `SELECT status, count() AS runs FROM run WHERE location = $location GROUP BY status`,
    convert: (rows: { status: RunStatus; runs: number }[]) =>
      STATUSES.map(status => rows.find(row => row.status === status)?.runs ?? 0),
  },
  {
    title: 'the queue',
    ask: s => s.getQueuedRuns(),
    surql: `SELECT ${RUN} FROM (SELECT VALUE run FROM run_queue:[$location]..[$location, ..])`,
    convert: withPartitions,
  },
  {
    title: 'the runs with a tag, of a schedule',
    ask: async s =>
      (await s.getRuns())
        .filter(
          run =>
            run.tags.some(([key, value]) => key === 'env' && value === 'prod') && run.launchedBy.kind === 'schedule',
        )
        .map(run => run.runId),
    surql: `SELECT VALUE run_id FROM (${NEWEST}) WHERE tags CONTAINS ['env', 'prod'] AND launch_kind = 'schedule'`,
  },
  {
    title: 'the cancellation of each run',
    ask: (s, { runs }) => each([...runs, 'unknown'], run => s.isCancelled(run)),
    surql: `RETURN array::append($runs, 'unknown').map(|$run| record::exists(cancellation:[$run]))`,
  },
  {
    title: 'the outcome of each run',
    ask: (s, { runs }) => each([...runs, 'only an outcome'], run => s.getRunOutcome(run)),
    surql: `RETURN array::append($runs, 'only an outcome').map(|$run|
      (SELECT status, completed_steps AS completedSteps, total_steps AS totalSteps, message FROM ONLY outcome:[$run]))`,
  },
  {
    title: 'the outcomes by the link of the run',
    ask: async s =>
      (
        await each(
          (await s.getRuns()).map(run => run.runId),
          run => s.getRunOutcome(run),
        )
      ).filter(Boolean).length,
    surql: `RETURN count((SELECT * FROM (${NEWEST}) WHERE outcome.status != NONE))`,
  },
  {
    title: 'the progress of each run',
    ask: (s, { runs }) => each(runs, run => s.getRunProgress(run)),
    surql: `RETURN $runs.map(|$run| {
      LET $all = (SELECT event_type, asset_key, partition, time FROM event:[$run]..[$run, ..] WHERE run_id != NONE);
      LET $ended = $all.filter(|$e| $e.event_type = 'StepSuccess' OR ($e.event_type = 'StepFailure' AND $e.partition = NONE));
      RETURN {
        completedSteps: $ended.map(|$e| $e.asset_key).distinct().len(),
        totalSteps: $all.filter(|$e| $e.event_type = 'StepStart').map(|$e| $e.asset_key).distinct().len(),
        lastCompletedStep: $ended.last().asset_key,
        lastStepCompletedAt: $ended.last().time
      }
    })`,
  },
  {
    title: 'the logs of each run',
    ask: (s, { runs }) => each(runs, run => s.getRunLogs(run)),
    surql: `RETURN $runs.map(|$run| (SELECT entry_id AS id, run_id AS runId, step_key AS stepKey, time AS timestamp,
      stdout, stderr, logs, traceback FROM log:[$run]..[$run, ..]))`,
  },
]
