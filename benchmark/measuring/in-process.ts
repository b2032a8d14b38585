import type { Peer, Store, Tier } from '../peers/peer.js'
import type { Workload } from '../workloads/workload.js'
import type { Contender, Missing, Trial } from './contender.js'
import { sampleLatency } from './latency.js'
import { sampleThroughput } from './throughput.js'

/** A peer that is measured in this process. */
export const inProcess = (peer: Peer): Contender => ({
  name: peer.name,
  start: (workload, tier, path) => start(peer, workload, tier, path),
  end: async () => {},
})

async function start(peer: Peer, workload: Workload, tier: Tier, path: string): Promise<Trial | Missing> {
  if (peer.tiers[tier] === null) return { missing: 'has no such store' }
  if ((workload.events ?? 0) > (peer.mostEvents ?? Infinity)) return { missing: 'takes minutes to be filled' }
  if (workload.reopens && peer.reopens === false) return { missing: 'hangs when a path is opened again' }
  const store = closedOnce(await peer.open(tier, path, workload.form))
  const lacks = workload.needs.filter(operation => !store[operation])
  if (lacks.length > 0) {
    await store.close()
    return { missing: `has no ${lacks.join(', ')}` }
  }
  return { slice: await slicing(peer, workload, tier, path, store), end: async () => store.close() }
}

async function slicing(
  peer: Peer,
  workload: Workload,
  tier: Tier,
  path: string,
  store: Store,
): Promise<Trial['slice']> {
  if (workload.measure === 'latency') {
    const call = await workload.prepare(store, () => peer.open(tier, path, workload.form))
    return ms => sampleLatency(call, ms)
  }
  const call = await workload.prepare(store)
  return async ms => [await sampleThroughput(call, workload.callers, ms)]
}

/** A workload may close its store itself. */
function closedOnce(store: Store): Store {
  let closing: Promise<void> | undefined
  return { ...store, close: () => (closing ??= Promise.resolve(store.close())) }
}
