import { latency, type Workload } from './workload.js'

const KEYS = 100
const VALUE = Buffer.alloc(256, 7)
/** One after another: SQLite writes nothing where the same value comes again. */
const VALUES = Array.from({ length: 7 }, (_, i) => Buffer.alloc(256, i))

export const kv: Workload[] = [
  latency({
    name: 'kvGet, 256 bytes',
    group: 'Keys and values',
    needs: ['kvGet', 'kvSet'],
    async prepare(store) {
      for (let i = 0; i < KEYS; i++) await store.kvSet(`key${i}`, VALUE)
      let n = 0
      return () => store.kvGet(`key${n++ % KEYS}`)
    },
  }),
  latency({
    name: 'kvSet, 256 bytes',
    group: 'Keys and values',
    needs: ['kvSet'],
    prepare(store) {
      let n = 0
      return () => {
        n += 1
        return store.kvSet(`key${n % KEYS}`, VALUES[n % VALUES.length]!)
      }
    },
  }),
]
