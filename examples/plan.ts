// Which steps have to run, decided from what the storage knows. Planning reads little, so the blocking forms serve every executor.
import type { Storage } from 'rivers-storage'
import type { Asset, Graph } from './graph.js'

export interface Step {
  asset: Asset
  partition: string | null
  key: string
}

/** Short, so that slots of a killed executor are soon free. An executor that lives renews. */
export const LEASE_MS = 5000

const stepKey = (asset: string, partition: string | null): string =>
  partition === null ? asset : `${asset}[${partition}]`

const versionKey = (asset: string): string => `code-version:${asset}`

/** An asset's code is at version 1 plus the number of its `--bump`s: kept in the store, as a program's code is kept in files. */
export function codeVersion(storage: Storage, asset: string): string {
  return storage.kvGetSync(versionKey(asset))?.toString() ?? '1'
}

export function bumpCodeVersion(storage: Storage, asset: string): string {
  const next = String(Number(codeVersion(storage, asset)) + 1)
  storage.kvSetSync(versionKey(asset), Buffer.from(next))
  return next
}

/** Registers the graph; done at every start, since the code may have changed. */
export function register(storage: Storage, { assets, pools }: Graph): void {
  for (const [pool, limit] of Object.entries(pools)) storage.setPoolLimitSync(pool, limit, { leaseDuration: LEASE_MS })
  storage.registerAssetsSync(
    assets.map(({ key, group, kinds, tags, pool }) => ({
      assetKey: key,
      group,
      kinds,
      tags,
      pool,
      codeVersion: codeVersion(storage, key),
    })),
  )
  storage.setGraphTopologySync({
    nodes: assets.map(({ key, group }) => ({ name: key, kind: 'asset', group })),
    edges: assets.flatMap(({ key, inputs }) => inputs.map((input): [string, string] => [key, input])),
  })
}

/** The assets with something to do, now or once their inputs are made. */
export function staleAssets(storage: Storage, { assets }: Graph): Asset[] {
  const staleness = storage.computeStalenessSync()
  return assets.filter(asset => staleness[asset.key]?.status !== 'UpToDate' || stepsDue(storage, asset).length > 0)
}

/** The steps of an asset whose inputs are made. */
export function stepsDue(storage: Storage, asset: Asset): Step[] {
  if (!asset.partitions) {
    const { [asset.key]: staleness } = storage.computeStalenessSync()
    return staleness?.status === 'UpToDate' ? [] : [{ asset, partition: null, key: asset.key }]
  }
  // The storage judges a partitioned asset by what was stored last. If that was half of the partitions, the rest shows here.
  const isCurrent = currentPartitions(storage, asset)
  const due = asset.partitions.filter(partition => !isCurrent(partition))
  return due.map(partition => ({ asset, partition, key: stepKey(asset.key, partition) }))
}

/** Whether a step of an asset whose inputs are made has to run. */
export function isDue(storage: Storage, { asset, partition }: Step): boolean {
  return partition === null ? stepsDue(storage, asset).length > 0 : !currentPartitions(storage, asset)(partition)
}

function currentPartitions(storage: Storage, asset: Asset): (partition: string) => boolean {
  const code = codeVersion(storage, asset.key)
  const inputs = JSON.stringify(inputVersions(storage, asset))
  return partition => {
    const made = storage.getLatestMaterializationSync(asset.key, { partition: { single: [partition] } })
    return made?.codeVersion === code && JSON.stringify(made.inputDataVersions) === inputs
  }
}

/** The data versions of the inputs as the storage compares them: of a partitioned input, the version stored last. */
export function inputVersions(storage: Storage, asset: Asset): [string, string][] {
  return asset.inputs.map(input => [input, storage.getAssetRecordSync(input)?.lastDataVersion ?? ''])
}

/** The data versions of all that an asset holds. They do not depend on the order in which its partitions were made. */
export function resultVersions(storage: Storage, { key, partitions }: Asset): [step: string, dataVersion: string][] {
  return (partitions ?? [null]).map(partition => {
    const options = partition === null ? {} : { partition: { single: [partition] } }
    return [stepKey(key, partition), storage.getLatestMaterializationSync(key, options)?.dataVersion ?? '']
  })
}
