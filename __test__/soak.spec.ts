import { tmpdir } from 'node:os'
import test from 'ava'
import { slopePerMinute, type SoakSample } from '../benchmark/soak/sample.js'
import { settled, soakSamples } from '../benchmark/soak/soak.js'

const SECONDS = 24
const MEGABYTE = 1_000_000

test('under mixed load a process comes to rest: no more threads, files or memory', async t => {
  const samples = await soakSamples(SECONDS, SECONDS, tmpdir())
  const steady = settled(samples)
  const growth = (value: (sample: SoakSample) => number): number => slopePerMinute(steady, value)
  t.log(samples.at(-1))
  t.true(samples.at(-1)!.steps > 100, 'hardly anything was done')
  t.true(growth(({ threads }) => threads) <= 2)
  t.true(growth(({ files }) => files) <= 30)
  t.true(growth(({ bytes }) => bytes) <= 60 * MEGABYTE)
})
