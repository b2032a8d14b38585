// The life of a run: started, executed, and over with an outcome. Runs of a killed executor are ended at the next start.
import { randomUUID } from 'node:crypto'
import type { RunOutcomeInput, Storage } from 'rivers-storage'
import type { Executor } from './executors/executor.js'
import type { Asset } from './graph.js'
import type { Results } from './results.js'
import { Run, type RunOptions } from './run.js'

/** Brings the stale assets up to date. Whatever happens, the run has an outcome at the end, and holds no slots. */
export async function runOnce(
  storage: Storage,
  results: Results,
  stale: Asset[],
  executor: Executor,
  options: RunOptions,
): Promise<RunOutcomeInput> {
  const runId = randomUUID()
  storage.createRunSync({ runId, nodeNames: stale.map(asset => asset.key), tags: [['example', 'executor']] })
  if (!storage.tryStartRunSync(runId)) throw new Error(`run ${runId} was started by another caller`)
  using run = new Run(storage, results, options, runId)
  try {
    await executor.execute(run)
  } catch (error) {
    run.failed.push(String(error))
    throw error
  } finally {
    // Frees the slots, too.
    storage.setRunOutcomeSync(runId, run.outcome)
  }
  return run.outcome
}

/**
 * Ends the runs of an executor that was killed. An embedded store has one process at a time, so a run that is under way
 * here runs nowhere. Without this its slots would be free only when their leases expire.
 */
export function endAbandonedRuns(storage: Storage, results: Results): number {
  const abandoned = (['NotStarted', 'Started'] as const).flatMap(status => storage.getRunsSync({ status }))
  for (const { runId } of abandoned) {
    const { completedSteps, totalSteps } = storage.getRunProgressSync(runId)
    const message = 'the executor was killed'
    storage.setRunOutcomeSync(runId, { status: 'Failure', completedSteps, totalSteps, message })
  }
  results.discardStaged()
  return abandoned.length
}
