import type { Storage } from 'rivers-storage'
import { OURS, type Form, type Operations, type Peer, type Store, type Tier } from './peer.js'

type Rivers = typeof import('rivers-storage')

// Longer than any benchmark: what fills a pool stays in it.
const leaseDuration = '1d'
const waitTtl = '1d'

async function openStorage({ Storage }: Rivers, tier: Tier, path: string, form: Form): Promise<Storage> {
  if (tier === 'memory') return form === 'sync' ? Storage.memorySync() : Storage.memory()
  const options = { durability: tier }
  return form === 'sync' ? Storage.embeddedSync(path, options) : Storage.embedded(path, options)
}

/** The package itself, loaded when it is first opened so that its memory can be measured. */
export async function loadRivers(): Promise<Peer> {
  const rivers = await import('rivers-storage')
  return {
    name: OURS,
    tiers: { memory: 'Storage.memory()', relaxed: "durability: 'relaxed'", commit: "durability: 'commit'" },
    open: async (tier, path, form) => storeOf(await openStorage(rivers, tier, path, form), form),
  }
}

function storeOf(storage: Storage, form: Form): Store {
  const waiting: Operations = {
    claimAll: claims =>
      Promise.all(claims.map(claim => storage.claimConcurrencySlots({ ...claim, leaseDuration, waitTtl }))),
    acquire: claim => storage.acquireSlots(claim),
  }
  return { ...(form === 'sync' ? syncStore(storage) : promiseStore(storage)), ...waiting }
}

const syncStore = (storage: Storage): Store => ({
  close: () => storage.closeSync(),
  kvGet: key => storage.kvGetSync(key),
  kvSet: (key, value) => storage.kvSetSync(key, value),
  setPoolLimit: (poolKey, limit) => storage.setPoolLimitSync(poolKey, limit, { leaseDuration }),
  claim: claim => storage.claimConcurrencySlotsSync(claim).isClaimed,
  free: (runId, stepKey) => storage.freeConcurrencySlotsSync(runId, stepKey),
  renew: (runId, stepKey, leaseMs) => storage.renewSlotLeaseSync(runId, stepKey, { leaseDuration: leaseMs }),
  registerAssets: assets => storage.registerAssetsSync(assets),
  setGraphTopology: topology => storage.setGraphTopologySync(topology),
  storeEvents: events => storage.storeEventsSync(events),
  getEventsForRun: runId => storage.getEventsForRunSync(runId),
  getEventsForAsset: (assetKey, limit) => storage.getEventsForAssetSync(assetKey, { limit }),
  getLatestMaterialization: assetKey => storage.getLatestMaterializationSync(assetKey),
  getAssetRecord: assetKey => storage.getAssetRecordSync(assetKey),
  computeStaleness: () => storage.computeStalenessSync(),
})

const promiseStore = (storage: Storage): Store => ({
  close: () => storage.close(),
  kvGet: key => storage.kvGet(key),
  kvSet: (key, value) => storage.kvSet(key, value),
  setPoolLimit: (poolKey, limit) => storage.setPoolLimit(poolKey, limit, { leaseDuration }),
  claim: async claim => (await storage.claimConcurrencySlots(claim)).isClaimed,
  free: (runId, stepKey) => storage.freeConcurrencySlots(runId, stepKey),
  renew: (runId, stepKey, leaseMs) => storage.renewSlotLease(runId, stepKey, { leaseDuration: leaseMs }),
  registerAssets: assets => storage.registerAssets(assets),
  setGraphTopology: topology => storage.setGraphTopology(topology),
  storeEvents: events => storage.storeEvents(events),
  getEventsForRun: runId => storage.getEventsForRun(runId),
  getEventsForAsset: (assetKey, limit) => storage.getEventsForAsset(assetKey, { limit }),
  getLatestMaterialization: assetKey => storage.getLatestMaterialization(assetKey),
  getAssetRecord: assetKey => storage.getAssetRecord(assetKey),
  computeStaleness: () => storage.computeStaleness(),
})
