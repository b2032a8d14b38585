// What one sync call of the commonest operations costs, in memory and on disk: `npm run bench`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from 'tinybench'
import { type NewEvent, Storage } from 'rivers-storage'

const stores = ['memory', 'relaxed', 'commit'] as const
const value = Buffer.alloc(256, 7)

const eventsOf = (runId: string): NewEvent[] =>
  Array.from({ length: 100 }, (_, i) => ({
    eventType: 'StepStart',
    runId,
    assetKey: `asset${i % 10}`,
    metadata: [['attempt', '1']],
  }))

function operations(storage: Storage): Bench {
  let n = 0
  storage.setPoolLimitSync('pool', 100)
  storage.storeEventsSync(eventsOf('read'))
  for (let i = 0; i < 1000; i += 1) storage.kvSetSync(`key${i}`, value)
  return new Bench({ time: 1000, warmupTime: 300 })
    .add('kvGet', () => void storage.kvGetSync(`key${n++ % 1000}`))
    .add('kvSet', () => storage.kvSetSync(`key${n++ % 1000}`, value))
    .add('claim + free', () => {
      const stepKey = `step${n++}`
      storage.claimConcurrencySlotsSync({ runId: 'run', stepKey, pools: 'pool' })
      storage.freeConcurrencySlotsSync('run', stepKey)
    })
    .add('storeEvents of 100', () => void storage.storeEventsSync(eventsOf(`run${n++}`)))
    .add('getEventsForRun of 100', () => void storage.getEventsForRunSync('read'))
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rivers-bench-'))
  const medians = new Map<string, string[]>()
  for (const store of stores) {
    const storage =
      store === 'memory' ? Storage.memorySync() : Storage.embeddedSync(join(dir, store), { durability: store })
    const bench = operations(storage)
    await bench.run()
    for (const { name, result } of bench.tasks) {
      if (result.state !== 'completed') throw new Error(`${name} on ${store} ended ${result.state}`)
      const { p50, p99 } = result.latency
      medians.set(name, [...(medians.get(name) ?? []), `${(p50 * 1000).toFixed(1)} (${(p99 * 1000).toFixed(0)})`])
    }
    storage.closeSync()
  }
  rmSync(dir, { recursive: true, force: true })
  console.log(`Microseconds a call, median (p99); Node ${process.version}\n`)
  console.log(`| operation, sync | ${stores.join(' | ')} |\n|${' --- |'.repeat(stores.length + 1)}`)
  for (const [name, figures] of medians) console.log(`| ${name} | ${figures.join(' | ')} |`)
}

void main()
