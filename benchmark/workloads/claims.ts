import type { Claim, Reply } from '../peers/peer.js'
import { latency, throughput, type Offering, type Workload } from './workload.js'

const group = 'Claims and leases'
const POOLS = ['db', 'api', 'gpu']
const CALLERS = [1, 16, 64, 256]

/** Never the same twice in a row: a renewal that comes to the same moment again need not write anything. */
export const leaseMs = (n: number): number => 80_000_000 + (n % 1000) * 1000

const claimOf = (stepKey: string, pools = [POOLS[0]!]): Claim => ({
  runId: 'run',
  stepKey,
  pools: pools.map(pool => [pool, 1]),
})

/** Free slots for everybody: what is measured is never that somebody waits. */
async function withRoom(store: Offering<'setPoolLimit'>): Promise<void> {
  for (const pool of POOLS) await store.setPoolLimit(pool, 1000)
}

/** Claims, is granted, frees. A peer that answers at once is not made to wait for a promise. */
export function claimAndFree(store: Offering<'claim' | 'free'>, claim: Claim): Reply<unknown> {
  const granted = store.claim(claim)
  if (granted instanceof Promise) return granted.then(freeIt)
  return freeIt(granted)

  function freeIt(isGranted: boolean): Reply<unknown> {
    if (!isGranted) throw new Error(`${claim.stepKey} was not granted`)
    return store.free(claim.runId, claim.stepKey)
  }
}

const alone = (name: string, pools: string[]): Workload =>
  latency({
    name,
    group,
    needs: ['setPoolLimit', 'claim', 'free'],
    async prepare(store) {
      await withRoom(store)
      let n = 0
      return () => claimAndFree(store, claimOf(`step${n++}`, pools))
    },
  })

const together = (callers: number): Workload =>
  throughput({
    name: `claim + free, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    group,
    callers,
    curve: { name: 'claim + free by callers', at: callers },
    needs: ['setPoolLimit', 'claim', 'free'],
    async prepare(store) {
      await withRoom(store)
      return caller => claimAndFree(store, claimOf(`step${caller}`))
    },
  })

export const claims: Workload[] = [
  alone('claim + free', ['db']),
  alone('claim + free, 3 pools', POOLS),
  latency({
    name: 'renew',
    group,
    needs: ['setPoolLimit', 'claim', 'renew'],
    async prepare(store) {
      await withRoom(store)
      await store.claim(claimOf('step'))
      let n = 0
      return () => store.renew('run', 'step', leaseMs(n++))
    },
  }),
  ...CALLERS.map(together),
  throughput({
    name: 'acquire + release, 64 contenders for 1 slot',
    group,
    callers: 64,
    needs: ['setPoolLimit', 'acquire'],
    async prepare(store) {
      await store.setPoolLimit('one', 1)
      return async caller => {
        const lease = await store.acquire({ runId: 'run', stepKey: `step${caller}`, pools: [['one', 1]] })
        await lease.release()
      }
    },
  }),
]
