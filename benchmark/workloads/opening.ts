import { eventsOf } from './samples.js'
import { latency, type Workload } from './workload.js'

export const openings: Workload[] = [
  latency({
    name: 'open + close',
    group: 'Life cycle',
    reopens: true,
    needs: ['kvSet'],
    async prepare(store, again) {
      await store.kvSet('key', Buffer.from('value'))
      await store.storeEvents?.(eventsOf('run', 100, 10))
      await store.close()
      return async () => {
        const opened = await again()
        await opened.close()
      }
    },
  }),
]
