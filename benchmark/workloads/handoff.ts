import { latency, type Workload } from './workload.js'

interface Lease {
  release(): Promise<void>
}

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
      let granted: (lease: Lease) => void
      const next = (): Promise<Lease> => new Promise(resolve => (granted = resolve))
      const join = (): void => {
        const lease = store.acquire({ runId: 'run', stepKey: `step${n++}`, pools: [['one', 1]] })
        lease.then(
          lease => granted(lease),
          // Those who still wait when the store is closed are refused.
          () => {},
        )
      }
      const first = next()
      for (let i = 0; i <= waiting; i++) join()
      let holder = await first
      // Somebody has waited at least since the last grant, so the time is that of the hand-off and no more.
      return async () => {
        const following = next()
        const start = performance.now()
        const released = holder.release()
        holder = await following
        const overriddenDuration = performance.now() - start
        await released
        join()
        return { overriddenDuration }
      }
    },
  })

export const handOffs: Workload[] = [2, 64, 256].map(handOff)
