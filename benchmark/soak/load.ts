import type { Storage } from 'rivers-storage'
import { assetKey, assetsOf, stepEvents } from '../workloads/samples.js'

const ASSETS = 50
const POOLS = ['db', 'api']
const KEPT_RUNS = 50
const KEYS = 200

/** Runs as executors do until told to stop, and what is old is deleted: the store does not grow for ever. */
export async function mixedLoad(
  storage: Storage,
  goOn: () => boolean,
  done: { steps: number },
  executors = 8,
): Promise<void> {
  await storage.registerAssets(assetsOf(ASSETS))
  for (const pool of POOLS) await storage.setPoolLimit(pool, 3)
  const over: string[] = []
  let runs = 0

  const step = async (runId: string, stepKey: string): Promise<void> => {
    await storage.withSlots({ runId, stepKey, pools: POOLS }, async lease => {
      await storage.storeEvents(stepEvents(runId, stepKey), { lease })
      await storage.kvSet(`key${done.steps % KEYS}`, Buffer.alloc(256, done.steps))
    })
    done.steps += 1
  }
  const run = async (executor: number): Promise<void> => {
    const runId = `run${(runs += 1)}`
    const nodes = Array.from({ length: 5 }, (_, i) => assetKey((executor * 5 + i) % ASSETS))
    await storage.createRun({ runId, nodeNames: nodes })
    await storage.tryStartRun(runId)
    await Promise.all(nodes.map(node => step(runId, node)))
    await storage.getEventsForRun(runId)
    await storage.setRunOutcome(runId, { status: 'Success', completedSteps: 5, totalSteps: 5 })
    over.push(runId)
    if (over.length > KEPT_RUNS) await storage.deleteRun(over.shift()!)
  }
  const executorLoop = async (executor: number): Promise<void> => {
    while (goOn()) {
      await run(executor)
      storage.computeStalenessSync()
      await storage.pruneEvents({ olderThan: Date.now() - 1000 })
    }
  }
  await Promise.all(Array.from({ length: executors }, (_, i) => executorLoop(i)))
}
