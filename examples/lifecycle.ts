// The life of a run: started, executed, and over with an outcome. Runs of a killed executor are ended at the next start.
import type { RunOutcomeInput, SlotLease, Storage } from 'rivers-storage'
import type { Executor } from './executors/executor.js'
import type { Asset } from './graph.js'
import { LEASE_MS } from './plan.js'
import type { Results } from './results.js'
import { Run, type RunOptions } from './run.js'

/** The step and the pool of a lease that an executor on a server holds for its run. */
const EXECUTOR = 'executor'

/** Brings the stale assets up to date. Whatever happens, the run has an outcome at the end, and holds no slots. */
export async function runOnce(
  storage: Storage,
  results: Results,
  stale: Asset[],
  executor: Executor,
  options: RunOptions,
): Promise<RunOutcomeInput> {
  const { runId } = options
  await using _ = await heldByExecutor(storage, runId)
  storage.createRunSync({ runId, nodeNames: stale.map(asset => asset.key), tags: [['example', 'executor']] })
  if (!storage.tryStartRunSync(runId)) throw new Error(`run ${runId} was started by another caller`)
  using run = new Run(storage, results, options)
  try {
    await executor.execute(run)
  } catch (error) {
    run.failed.push(String(error))
    throw error
  } finally {
    // Frees the slots, too.
    storage.setRunOutcomeSync(runId, run.outcome)
    results.discardStaged(runId)
  }
  return run.outcome
}

/**
 * Ends the runs of executors that were killed. Without this their slots would be free only when their leases expire. An
 * embedded store has one process at a time, so a run that is under way here runs nowhere.
 */
export function endAbandonedRuns(storage: Storage, results: Results): number {
  const abandoned = storage.type === 'Remote' ? withoutExecutor(storage) : unfinished(storage)
  for (const runId of abandoned) {
    const { completedSteps, totalSteps } = storage.getRunProgressSync(runId)
    const message = 'the executor was killed'
    storage.setRunOutcomeSync(runId, { status: 'Failure', completedSteps, totalSteps, message })
    results.discardStaged(runId)
  }
  return abandoned.length
}

const unfinished = (storage: Storage): string[] =>
  (['NotStarted', 'Started'] as const).flatMap(status => storage.getRunsSync({ status })).map(run => run.runId)

/** Held before the run is stored: other executors on the server take a run without this lease for abandoned. */
async function heldByExecutor(storage: Storage, runId: string): Promise<SlotLease | null> {
  if (storage.type !== 'Remote') return null
  await storage.setPoolLimit(EXECUTOR, -1)
  return storage.acquireSlots({ runId, stepKey: EXECUTOR, pools: EXECUTOR, leaseDuration: LEASE_MS })
}

/** A run that ends between the two lists has no lease any more, so it is looked for once more. */
function withoutExecutor(storage: Storage): string[] {
  const candidates = unfinished(storage)
  const held = new Set(storage.getPoolSlotHoldersSync(EXECUTOR).map(holder => holder.runId))
  const left = new Set(unfinished(storage))
  return candidates.filter(runId => !held.has(runId) && left.has(runId))
}
