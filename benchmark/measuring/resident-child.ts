// A process of its own, so that nothing else is counted: PEER TIER PATH EVENTS.
import { peers } from '../peers/all.js'
import type { Tier } from '../peers/peer.js'
import { fillWithEvents } from '../workloads/sizes.js'
import { sampleProcess } from './process.js'

async function main(name: string, tier: Tier, path: string, events: number): Promise<void> {
  const before = sampleProcess().bytes
  const peer = await peers[name]!()
  if (peer.tiers[tier] === null) return console.log(JSON.stringify({ missing: 'has no such store' }))
  const store = await peer.open(tier, path, 'sync')
  await store.kvSet?.('key', Buffer.from('value'))
  const opened = sampleProcess().bytes - before
  const { registerAssets, storeEvents } = store
  if (events === 0 || !registerAssets || !storeEvents) return console.log(JSON.stringify({ opened }))
  await fillWithEvents({ ...store, registerAssets, storeEvents }, events)
  console.log(JSON.stringify({ opened, filled: sampleProcess().bytes - before }))
}

const [name, tier, path, events] = process.argv.slice(2)
void main(name!, tier as Tier, path!, Number(events)).then(() => process.exit(0))
