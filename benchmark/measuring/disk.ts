import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import type { Contender } from './contender.js'
import { sampleLatency } from './latency.js'

/** An append of a log's size, and fdatasync: the floor under what is durable, measured in the same turns. */
export const disk: Contender = {
  name: 'fdatasync',
  async start(_workload, _tier, path) {
    const file = openSync(path, 'w')
    const block = Buffer.alloc(512, 7)
    const append = () => {
      writeSync(file, block)
      fdatasyncSync(file)
    }
    return { slice: ms => sampleLatency(append, ms), end: async () => closeSync(file) }
  },
  end: async () => {},
}
