import type { PartitionKey } from 'rivers-storage'
import type { Driver } from '../helpers/driver.js'
import type { Eventful } from '../helpers/eventful.js'

export interface Question {
  title: string
  /** What the API says. */
  ask: (s: Driver, at: Eventful) => Promise<unknown>
  /** The same, of `$location` and the lists of the store, such as `$runs`. */
  surql: string
  /** From the answer of the last statement to what the API says. Default: nothing is changed. */
  convert?: (answer: any) => unknown
}

/** One after another: promises of one list would be fine, too, but a failure names its item so. */
export async function each<T>(items: readonly T[], ask: (item: T) => Promise<unknown>): Promise<unknown[]> {
  const answers = []
  for (const item of items) answers.push(await ask(item))
  return answers
}

/** Partition keys are stored as JSON. */
export const withPartition = (row: any): unknown =>
  row && { ...row, partitionKey: JSON.parse(row.partitionKey) as PartitionKey | null }
export const withPartitions = (rows: any[]): unknown[] => rows.map(withPartition)
export const ofEach =
  (convert: (answer: any) => unknown) =>
  (answers: any[]): unknown[] =>
    answers.map(convert)

export const RUN = `run_id AS runId, job_name AS jobName, status, start_time AS startTime, end_time AS endTime, tags ?? [] AS tags,
  node_names ?? [] AS nodeNames, priority, partition AS partitionKey, block_reason AS blockReason, {
    kind: launch_kind, name: launch_name, backfillId: backfill_id,
    user: IF user != NONE THEN { subject: user, email: user_email, name: user_name } END
  } AS launchedBy`

export const EVENT = `event_id AS id, event_type AS eventType, asset_key AS assetKey, run_id AS runId, partition AS partitionKey,
  time AS timestamp, metadata ?? [] AS metadata, data_version AS dataVersion, code_version AS codeVersion,
  input_data_versions ?? [] AS inputDataVersions`

export const ASSET = `asset_key AS assetKey, tags ?? [] AS tags, kinds ?? [] AS kinds, asset_group AS group, code_version AS codeVersion,
  last_event_id AS lastEventId, last_run_id AS lastRunId, last_timestamp AS lastTimestamp, last_data_version AS lastDataVersion,
  last_materialization_code_version AS lastMaterializationCodeVersion,
  last_input_data_versions ?? [] AS lastInputDataVersions, pool ?? [] AS pool`
