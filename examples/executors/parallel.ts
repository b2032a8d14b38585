// Steps in child processes. The store has one owner, so this process claims, submits, collects and releases for them.
import { stepStarted } from '../record.js'
import { abortOf } from './abort.js'
import type { Executor } from './executor.js'
import { fanOut } from './fan-out.js'
import { Workers } from './workers.js'

export const parallelExecutor: Executor = {
  async execute(run) {
    const { storage, runId, options } = run
    await using workers = new Workers()
    await fanOut(run, async (step, attempt) => {
      // Claimed first: a worker is started only for a step that may work. Released once the worker has stopped.
      await using lease = await storage.acquireSlots(run.claim(step, attempt))
      if (run.isMadeElsewhere(step)) return
      using abort = abortOf(run, lease)
      using _ = options.utilisation.busy(step.asset.pool)
      await storage.storeEvent(stepStarted(runId, step), { lease })

      const staged = await workers.submit(run.task(step, attempt, lease), abort.signal, pid =>
        options.progress.started(step.key, pid),
      )
      abort.check()
      await storage.storeEvents(run.publish(step, staged), { lease })
    })
  },
}
