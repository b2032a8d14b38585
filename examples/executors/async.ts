// Steps as promises of one process: each claims its slots, and waits for them beside the others.
import { stepStarted } from '../record.js'
import { perform } from '../work.js'
import { abortOf, pause } from './abort.js'
import type { Executor } from './executor.js'
import { fanOut } from './fan-out.js'

export const asyncExecutor: Executor = {
  execute: run =>
    fanOut(run, (step, attempt) => {
      const { storage, runId, options } = run
      // Renews the lease on a native thread, also while a step blocks this one, and releases the slots however the step ends.
      return storage.withSlots(run.claim(step, attempt), async lease => {
        if (run.isMadeElsewhere(step)) return
        using abort = abortOf(run, lease)
        using _ = options.utilisation.busy(step.asset.pool)
        await storage.storeEvent(stepStarted(runId, step), { lease })
        options.progress.started(step.key)

        const task = run.task(step, attempt, lease)
        await pause(task.pace, abort.signal)
        const staged = perform(task)
        abort.check()
        await storage.storeEvents(run.publish(step, staged), { lease })
      })
    }),
}
