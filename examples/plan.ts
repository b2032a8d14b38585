// Which steps have to run, decided from what the storage knows.
import type { Storage } from 'rivers-storage'
import type { Asset, Graph } from './assets.js'

export interface Step {
  asset: Asset
  partition: string | null
  key: string
}

const versionKey = (asset: string): string => `code-version:${asset}`

/** An asset's code is at version 1 plus how often `--bump` was asked for: kept in the store, as a program's code is kept in files. */
export async function codeVersion(storage: Storage, asset: string): Promise<string> {
  return (await storage.kvGet(versionKey(asset)))?.toString() ?? '1'
}

export async function bumpCodeVersion(storage: Storage, asset: string): Promise<string> {
  const next = String(Number(await codeVersion(storage, asset)) + 1)
  await storage.kvSet(versionKey(asset), Buffer.from(next))
  return next
}

/** Tells the storage what there is; done at every start, since the code may have changed. */
export async function register(storage: Storage, { assets, pools }: Graph): Promise<void> {
  // Short, so that what a killed executor held is soon free; a living one renews.
  for (const [pool, limit] of Object.entries(pools)) await storage.setPoolLimit(pool, limit, { leaseDuration: '5s' })
  const definitions = assets.map(async ({ key, group, kinds, tags, pool }) => ({
    assetKey: key,
    group,
    kinds,
    tags,
    pool,
    codeVersion: await codeVersion(storage, key),
  }))
  await storage.registerAssets(await Promise.all(definitions))
  await storage.setGraphTopology({
    nodes: assets.map(({ key, group }) => ({ name: key, kind: 'asset', group })),
    edges: assets.flatMap(({ key, inputs }) => inputs.map((input): [string, string] => [key, input])),
  })
}

/** The assets with something to do, now or once their inputs are made. */
export async function staleAssets(storage: Storage, { assets }: Graph): Promise<Asset[]> {
  const staleness = await storage.computeStaleness()
  const steps = await Promise.all(assets.map(asset => stepsDue(storage, asset)))
  return assets.filter((asset, i) => staleness[asset.key]?.status !== 'UpToDate' || steps[i]!.length > 0)
}

/** The steps of an asset whose inputs are made. */
export async function stepsDue(storage: Storage, asset: Asset): Promise<Step[]> {
  if (!asset.partitions) {
    const { [asset.key]: staleness } = await storage.computeStaleness()
    return staleness?.status === 'UpToDate' ? [] : [{ asset, partition: null, key: asset.key }]
  }
  // The storage judges a partitioned asset by what was stored last. If that was half of the partitions, the rest shows here.
  const code = await codeVersion(storage, asset.key)
  const inputs = JSON.stringify(await inputVersions(storage, asset))
  const steps = asset.partitions.map(async partition => {
    const made = await storage.getLatestMaterialization(asset.key, { partition: { single: [partition] } })
    const current = made?.codeVersion === code && JSON.stringify(made.inputDataVersions) === inputs
    return current ? [] : [{ asset, partition, key: `${asset.key}[${partition}]` }]
  })
  return (await Promise.all(steps)).flat()
}

/** The data versions that a step reads now. */
export async function inputVersions(storage: Storage, asset: Asset): Promise<[string, string][]> {
  const records = await Promise.all(asset.inputs.map(input => storage.getAssetRecord(input)))
  return asset.inputs.map((input, i) => [input, records[i]?.lastDataVersion ?? ''])
}
