import { Bench } from 'tinybench'

/** Calls again and again for that long; gives what each call took, in microseconds. */
export async function sampleLatency(call: () => unknown, ms: number): Promise<number[]> {
  const bench = new Bench({ time: ms, iterations: 1, warmup: false, retainSamples: true, throws: true })
  bench.add('call', call)
  await bench.run()
  const result = bench.tasks[0]!.result
  if (result.state !== 'completed') throw new Error(`the measurement ended ${result.state}`)
  return result.latency.samples!.map(milliseconds => milliseconds * 1000)
}
