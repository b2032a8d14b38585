import type { NewEvent } from 'rivers-storage'
import type { Operations } from '../peer.js'
import type { Client } from './client.js'

const REGISTER = 'INSERT INTO asset $assets RETURN NONE'

/** The events, and what the materializations among them change of their assets, in one transaction. */
const STORE = `
  BEGIN;
  INSERT INTO event $events RETURN NONE;
  FOR $event IN $materializations {
    UPDATE type::record('asset', $event.assetKey) SET lastEventId = $event.id, lastRunId = $event.runId,
      lastTimestamp = $event.timestamp, lastDataVersion = $event.dataVersion,
      lastMaterializationCodeVersion = codeVersion, lastInputDataVersions = $event.inputDataVersions RETURN NONE;
  };
  COMMIT;`

const OF_RUN = 'SELECT * FROM event:[$run, NONE]..=[$run, ..]'
const OF_ASSET = 'SELECT * FROM event WHERE assetKey = $asset ORDER BY timestamp DESC, id DESC LIMIT $limit'
const LATEST = `SELECT * FROM event WHERE assetKey = $asset AND eventType = 'Materialization'
  ORDER BY timestamp DESC, id DESC LIMIT 1`
const RECORD = `RETURN type::record('asset', $asset).*`

export function eventsOf(client: Client): Operations {
  let order = 0
  const row = (event: NewEvent) => ({
    partitionKey: null,
    dataVersion: null,
    codeVersion: null,
    metadata: [],
    inputDataVersions: [],
    timestamp: Date.now(),
    ...event,
    id: [event.runId, order++],
  })
  const list = async (text: string, parameters: Record<string, unknown>): Promise<unknown[]> =>
    (await client.query<[unknown[]]>(text, parameters))[0]
  return {
    registerAssets: assets =>
      client.query(REGISTER, { assets: assets.map(asset => ({ ...asset, id: asset.assetKey })) }),
    storeEvents: events => {
      const rows = events.map(row)
      const materializations = rows.filter(({ eventType }) => eventType === 'Materialization')
      return client.query(STORE, { events: rows, materializations })
    },
    getEventsForRun: run => list(OF_RUN, { run }),
    getEventsForAsset: (asset, limit) => list(OF_ASSET, { asset, limit }),
    getLatestMaterialization: async asset => (await list(LATEST, { asset }))[0] ?? null,
    getAssetRecord: async asset => (await client.query<[unknown]>(RECORD, { asset }))[0],
  }
}
