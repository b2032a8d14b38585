// A process of its own, so that nothing else is counted: TIER PATH CYCLES.
import { loadRivers } from '../peers/rivers.js'
import type { Tier } from '../peers/peer.js'
import { sampleProcess } from './process.js'

const WARM_UP = 10

async function main(tier: Tier, path: string, cycles: number): Promise<void> {
  const peer = await loadRivers()
  const cycle = async (): Promise<void> => {
    const store = await peer.open(tier, path, 'sync')
    await store.kvSet!('key', Buffer.from('value'))
    await store.close()
  }
  for (let i = 0; i < WARM_UP; i++) await cycle()
  const before = sampleProcess()
  for (let i = 0; i < cycles; i++) await cycle()
  const after = sampleProcess()
  console.log(
    JSON.stringify({
      bytes: after.bytes - before.bytes,
      threads: after.threads - before.threads,
      files: after.files - before.files,
    }),
  )
}

const [tier, path, cycles] = process.argv.slice(2)
void main(tier as Tier, path!, Number(cycles))
