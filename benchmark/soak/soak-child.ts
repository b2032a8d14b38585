// A process of its own: PATH SECONDS SAMPLES. Prints the samples.
import { setTimeout as sleep } from 'node:timers/promises'
import { Storage } from 'rivers-storage'
import { mixedLoad } from './load.js'
import { sampleSoak, type SoakSample } from './sample.js'

async function main(path: string, seconds: number, count: number): Promise<void> {
  const storage = await Storage.embedded(path, { durability: 'relaxed' })
  const start = performance.now()
  const passed = (): number => (performance.now() - start) / 1000
  const progress = { steps: 0 }
  const load = mixedLoad(storage, () => passed() < seconds, progress)
  const samples: SoakSample[] = []
  while (samples.length < count) {
    await sleep(1000 * (((samples.length + 1) * seconds) / count - passed()))
    samples.push(sampleSoak(path, passed(), progress.steps))
  }
  await load
  await storage.close()
  console.log(JSON.stringify(samples))
}

const [path, seconds, count] = process.argv.slice(2)
void main(path!, Number(seconds), Number(count))
