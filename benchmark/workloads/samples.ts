import type { AssetDefinition, NewEvent } from 'rivers-storage'

export const assetKey = (i: number): string => `asset${i}`

export const assetsOf = (count: number): AssetDefinition[] =>
  Array.from({ length: count }, (_, i) => ({
    assetKey: assetKey(i),
    codeVersion: '1',
    tags: ['nightly'],
    kinds: ['table'],
    group: `group${i % 10}`,
    pool: [['db', 1]],
  }))

/** What a step of a run says: that it starts, what it made, that it ended. */
export const stepEvents = (runId: string, asset: string): NewEvent[] => [
  { eventType: 'StepStart', runId, assetKey: asset },
  {
    eventType: 'Materialization',
    runId,
    assetKey: asset,
    dataVersion: 'v1',
    metadata: [
      ['rows', '1200'],
      ['path', 's3://bucket/table/part-0001'],
    ],
    inputDataVersions: [['upstream', 'v1']],
  },
  { eventType: 'StepSuccess', runId, assetKey: asset, metadata: [['seconds', '1.5']] },
]

/** As many events, of steps over the assets in turn. */
export function eventsOf(runId: string, count: number, assets: number): NewEvent[] {
  const steps = Math.ceil(count / 3)
  return Array.from({ length: steps }, (_, i) => stepEvents(runId, assetKey(i % assets)))
    .flat()
    .slice(0, count)
}
