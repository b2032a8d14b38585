import type { PartitionInput } from 'rivers-storage'
import { DYNAMIC, EVENT_TYPES, GROUPS, KINDS, TAGS } from '../helpers/eventful.js'
import { ASSET, each, EVENT, ofEach, type Question, withPartition, withPartitions } from './question.js'

const newest = (asset: string): string =>
  `SELECT VALUE event FROM event_by_asset:[$location, ${asset}]..[$location, ${asset}, ..] ORDER BY id DESC`

export const ASSET_QUESTIONS: Question[] = [
  {
    title: 'each asset, and one that is not there',
    ask: (s, { assets }) => each(assets, asset => s.getAssetRecord(asset)),
    surql: `RETURN $assets.map(|$asset| (SELECT ${ASSET} FROM ONLY asset:[$location, $asset]))`,
  },
  {
    title: 'the assets by key',
    ask: s => s.getAssetRecords(),
    surql: `SELECT ${ASSET} FROM asset:[$location]..[$location, ..]`,
  },
  {
    title: 'the assets with each tag',
    ask: s => each(TAGS, tag => s.getAssetsByTag(tag)),
    surql: `RETURN $tags.map(|$tag| (SELECT ${ASSET} FROM (SELECT VALUE asset FROM asset_by_tag:[$location, $tag]..[$location, $tag, ..])))`,
  },
  {
    title: 'the assets with each tag, by their own tags',
    ask: s => each(TAGS, async tag => (await s.getAssetsByTag(tag)).map(asset => asset.assetKey)),
    surql: `RETURN $tags.map(|$tag| (SELECT VALUE asset_key FROM asset WHERE location = $location AND tags CONTAINS $tag ORDER BY asset_key))`,
  },
  {
    title: 'the assets of each kind',
    ask: s => each(KINDS, kind => s.getAssetsByKind(kind)),
    surql: `RETURN $kinds.map(|$kind| (SELECT ${ASSET} FROM (SELECT VALUE asset FROM asset_by_kind:[$location, $kind]..[$location, $kind, ..])))`,
  },
  {
    title: 'the assets of each group',
    ask: s => each(GROUPS, group => s.getAssetsByGroup(group)),
    surql: `RETURN $groups.map(|$group| (SELECT ${ASSET} FROM (SELECT VALUE asset FROM asset_by_group:[$location, $group]..[$location, $group, ..])))`,
  },
  {
    title: 'which assets are missing or have other code',
    ask: async s => {
      const staleness = await s.computeStaleness()
      return Object.entries(staleness)
        .filter(([, { status, causes }]) => status === 'Missing' || causes.some(cause => cause.category === 'Code'))
        .map(([asset]) => asset)
        .toSorted()
    },
    surql: `SELECT VALUE asset_key FROM asset:[$location]..[$location, ..]
      WHERE last_data_version = NONE OR (code_version != NONE AND code_version != last_materialization_code_version)`,
    convert: (assets: string[]) => assets.toSorted(),
  },
  {
    title: 'the graph',
    ask: s => s.getGraphTopology(),
    surql: `SELECT VALUE encoding::json::decode(graph) FROM ONLY topology:[$location]`,
    convert: (graph: { nodes: Record<string, unknown>[]; edges: unknown }) => ({
      nodes: graph.nodes.map(({ parent_graph: parentGraph, ...node }) => ({ ...node, parentGraph })),
      edges: graph.edges,
    }),
  },
  {
    title: 'the events of each asset, newest first',
    ask: (s, { assets }) => each(assets, asset => s.getEventsForAsset(asset)),
    surql: `RETURN $assets.map(|$asset| (SELECT ${EVENT} FROM (${newest('$asset')} LIMIT 100)))`,
    convert: ofEach(withPartitions),
  },
  {
    title: 'the events of an asset after the third',
    ask: async (s, { assets }) => {
      const third = (await s.getEventsForAsset(assets[0]!))[2]!
      return s.getEventsForAsset(assets[0]!, { after: third.id, limit: 4 })
    },
    surql: `SELECT ${EVENT} FROM (${newest('$assets[0]')} LIMIT 4 START 3)`,
    convert: withPartitions,
  },
  {
    title: 'the events of each run, oldest first',
    ask: (s, { runs }) => each(runs, run => s.getEventsForRun(run)),
    surql: `RETURN $runs.map(|$run| (SELECT ${EVENT} FROM event:[$run]..[$run, ..]))`,
    convert: ofEach(withPartitions),
  },
  {
    title: 'five events of a run after the first',
    ask: async (s, { runs }) => {
      const [first] = await s.getEventsForRun(runs[0]!, { limit: 1 })
      return s.getEventsForRun(runs[0]!, { after: first!.id, limit: 5 })
    },
    surql: `SELECT ${EVENT} FROM event:[$runs[0]]..[$runs[0], ..] LIMIT 5 START 1`,
    convert: withPartitions,
  },
  {
    title: 'how many events there are of each type',
    ask: async (s, { runs }) => {
      const events = (await each(runs, run => s.getEventsForRun(run))).flat() as { eventType: string }[]
      return EVENT_TYPES.map(type => events.filter(event => event.eventType === type).length)
    },
    surql: `SELECT event_type, count() AS events FROM event WHERE location = $location GROUP BY event_type`,
    convert: (rows: { event_type: string; events: number }[]) =>
      EVENT_TYPES.map(type => rows.find(row => row.event_type === type)?.events ?? 0),
  },
  {
    title: 'the latest materialization of each asset',
    ask: (s, { assets }) => each(assets, asset => s.getLatestMaterialization(asset)),
    surql: `RETURN $assets.map(|$asset|
      (SELECT ${EVENT} FROM (SELECT VALUE latest_event FROM materialization:[$location, $asset]) WHERE run_id != NONE)[0])`,
    convert: ofEach(withPartition),
  },
  {
    title: 'the latest materialization of each partition',
    ask: (s, { assets, partitions }) =>
      each(assets, asset =>
        each(partitions, async partition => {
          const exact = typeof partition === 'string' ? { single: [partition] } : partition
          return s.getLatestMaterialization(asset, { partition: exact })
        }),
      ),
    surql: `RETURN $assets.map(|$asset| $exact.map(|$partition|
      (SELECT ${EVENT} FROM (SELECT VALUE latest_event FROM materialization:[$location, $asset, $partition]) WHERE run_id != NONE)[0]))`,
    convert: ofEach(ofEach(withPartition)),
  },
  {
    title: 'the materialized partitions of each asset',
    ask: (s, { assets }) => each(assets, asset => s.getMaterializedPartitions(asset)),
    surql: `RETURN $assets.map(|$asset| (SELECT VALUE partition FROM partition:[$location, $asset]..[$location, $asset, ..]))`,
    convert: ofEach(ofEach(partition => JSON.parse(partition) as unknown)),
  },
  {
    title: 'how many partitions of each asset are materialized',
    ask: (s, { assets }) => each(assets, asset => s.countMaterializedPartitions(asset)),
    surql: `RETURN $assets.map(|$asset| count((SELECT id FROM partition:[$location, $asset]..[$location, $asset, ..])))`,
  },
  {
    title: 'the dynamic partitions of each definition',
    ask: s => each(DYNAMIC, name => s.getDynamicPartitions(name)),
    surql: `RETURN $dynamic.map(|$name| (SELECT VALUE key FROM dynamic_partition:[$location, $name]..[$location, $name, ..]))`,
  },
  {
    title: 'whether keys are dynamic partitions',
    ask: s => each(DYNAMIC, name => each(['a', 'b', 'ä', 'x'], key => s.hasDynamicPartition(name, key))),
    surql: `RETURN $dynamic.map(|$name| ['a', 'b', 'ä', 'x'].map(|$key| record::exists(dynamic_partition:[$location, $name, $key])))`,
  },
]

/** As it is stored: values are sorted. */
export function exact(partition: PartitionInput): string {
  if (typeof partition === 'string') return JSON.stringify({ single: [partition] })
  return JSON.stringify('single' in partition ? { single: partition.single.toSorted() } : partition)
}
