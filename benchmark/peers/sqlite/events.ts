import type { AssetDefinition, NewEvent } from 'rivers-storage'
import type { Operations } from '../peer.js'
import type { Database } from './database.js'

type Row = Record<string, unknown>
const parsed = (text: unknown): unknown => JSON.parse(text as string)

const eventOf = (row: Row): unknown => ({
  id: String(row.id),
  eventType: row.event_type,
  assetKey: row.asset_key,
  runId: row.run_id,
  partitionKey: row.partition_key === null ? null : parsed(row.partition_key),
  timestamp: row.timestamp,
  metadata: parsed(row.metadata),
  dataVersion: row.data_version,
  codeVersion: row.code_version,
  inputDataVersions: parsed(row.input_data_versions),
})

const assetOf = (row: Row): unknown => ({
  assetKey: row.asset_key,
  tags: parsed(row.tags),
  kinds: parsed(row.kinds),
  group: row.asset_group,
  codeVersion: row.code_version,
  lastEventId: row.last_event_id === null ? null : String(row.last_event_id),
  lastRunId: row.last_run_id,
  lastTimestamp: row.last_timestamp,
  lastDataVersion: row.last_data_version,
  lastMaterializationCodeVersion: row.last_materialization_code_version,
  lastInputDataVersions: row.last_input_data_versions === null ? [] : parsed(row.last_input_data_versions),
  pool: parsed(row.pool),
})

const first = (row: unknown, make: (row: Row) => unknown): unknown => (row ? make(row as Row) : null)

/** Events, and what they change of their assets, in one transaction. */
export function eventsOf(database: Database): Operations {
  const sql = statements(database)

  const store = (event: NewEvent): void => {
    const timestamp = event.timestamp ?? Date.now()
    const assetKey = event.assetKey ?? null
    const materialized = event.eventType === 'Materialization' && assetKey !== null
    const asset = materialized ? (sql.codeVersion.get(assetKey) as Row | undefined) : undefined
    const inputs = JSON.stringify(event.inputDataVersions ?? [])
    const { lastInsertRowid } = sql.insertEvent.run(
      event.eventType,
      event.runId,
      assetKey,
      event.partitionKey === undefined || event.partitionKey === null ? null : JSON.stringify(event.partitionKey),
      timestamp,
      JSON.stringify(event.metadata ?? []),
      event.dataVersion ?? null,
      asset?.code_version ?? null,
      inputs,
    ) as { lastInsertRowid: number }
    if (asset) sql.materialize.run(lastInsertRowid, event.runId, timestamp, event.dataVersion ?? null, inputs, assetKey)
  }
  const register = ({ assetKey, tags, kinds, group, codeVersion, pool }: AssetDefinition): unknown =>
    sql.register.run(
      assetKey,
      JSON.stringify(tags ?? []),
      JSON.stringify(kinds ?? []),
      group ?? null,
      codeVersion ?? null,
      JSON.stringify(pool ?? []),
    )

  const storing = database.transaction((events: NewEvent[]) => events.forEach(store))
  const registering = database.transaction((assets: AssetDefinition[]) => assets.forEach(register))
  return {
    registerAssets: assets => registering.immediate(assets),
    storeEvents: events => storing.immediate(events),
    getEventsForRun: runId => (sql.ofRun.all(runId) as Row[]).map(eventOf),
    getEventsForAsset: (assetKey, limit) => (sql.ofAsset.all(assetKey, limit) as Row[]).map(eventOf),
    getLatestMaterialization: assetKey => first(sql.latest.get(assetKey), eventOf),
    getAssetRecord: assetKey => first(sql.asset.get(assetKey), assetOf),
  }
}

const statements = (database: Database) => ({
  insertEvent: database.prepare(`INSERT INTO events (event_type, run_id, asset_key, partition_key, timestamp,
    metadata, data_version, code_version, input_data_versions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  codeVersion: database.prepare('SELECT code_version FROM assets WHERE asset_key = ?'),
  materialize: database.prepare(`UPDATE assets SET last_event_id = ?, last_run_id = ?, last_timestamp = ?,
    last_data_version = ?, last_input_data_versions = ?, last_materialization_code_version = code_version
    WHERE asset_key = ?`),
  register: database.prepare(`INSERT INTO assets (asset_key, tags, kinds, asset_group, code_version, pool)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tags = excluded.tags, kinds = excluded.kinds,
    asset_group = excluded.asset_group, code_version = excluded.code_version, pool = excluded.pool`),
  ofRun: database.prepare('SELECT * FROM events WHERE run_id = ? ORDER BY timestamp, id'),
  ofAsset: database.prepare('SELECT * FROM events WHERE asset_key = ? ORDER BY timestamp DESC, id DESC LIMIT ?'),
  latest: database.prepare(`SELECT * FROM events WHERE asset_key = ? AND event_type = 'Materialization'
    ORDER BY timestamp DESC, id DESC LIMIT 1`),
  asset: database.prepare('SELECT * FROM assets WHERE asset_key = ?'),
})
