import { latency, type Workload } from './workload.js'

/** How long after a release the next in line is granted, in the same process. */
const handOff = (waiting: number): Workload =>
  latency({
    name: `hand-off, ${waiting} waiting`,
    group: 'Claims and leases',
    form: 'promise',
    curve: { name: 'hand-off by waiting', at: waiting },
    needs: ['setPoolLimit', 'acquire'],
    async prepare(store) {
      await store.setPoolLimit('one', 1)
      let n = 0
      const acquire = () => {
        const lease = store.acquire({ runId: 'run', stepKey: `step${n++}`, pools: [['one', 1]] })
        // Those who still wait when the store is closed are refused.
        lease.catch(() => {})
        return lease
      }
      let holder = await acquire()
      const queue = Array.from({ length: waiting }, acquire)
      // Who waits joined the queue at least one grant ago, so the time is that of the hand-off and no more.
      return async () => {
        const next = queue.shift()!
        const start = performance.now()
        const released = holder.release()
        holder = await next
        const overriddenDuration = performance.now() - start
        await released
        queue.push(acquire())
        return { overriddenDuration }
      }
    },
  })

export const handOffs: Workload[] = [2, 64, 256].map(handOff)
