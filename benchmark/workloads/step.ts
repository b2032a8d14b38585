import type { Claim } from '../peers/peer.js'
import { assetKey, assetsOf, stepEvents } from './samples.js'
import { latency, type Workload } from './workload.js'

const ASSETS = 100

/** What an executor stores for one step: it claims, tells three events, and frees. */
export const steps: Workload[] = [
  latency({
    name: 'a whole step: claim, 3 events, free',
    group: 'Events and assets',
    needs: ['registerAssets', 'setPoolLimit', 'claim', 'storeEvents', 'free'],
    async prepare(store) {
      await store.registerAssets(assetsOf(ASSETS))
      await store.setPoolLimit('db', 100)
      let n = 0
      const next = () => {
        const asset = assetKey(n % ASSETS)
        const claim: Claim = { runId: `run${n++}`, stepKey: asset, pools: [['db', 1]] }
        return { claim, events: stepEvents(claim.runId, asset) }
      }
      const blocking = () => {
        const { claim, events } = next()
        store.claim(claim)
        store.storeEvents(events)
        store.free(claim.runId, claim.stepKey)
      }
      const waiting = async () => {
        const { claim, events } = next()
        await store.claim(claim)
        await store.storeEvents(events)
        await store.free(claim.runId, claim.stepKey)
      }
      const probe = store.claim({ runId: 'probe', stepKey: 'probe', pools: [['db', 1]] })
      await probe
      await store.free('probe', 'probe')
      return probe instanceof Promise ? waiting : blocking
    },
  }),
]
