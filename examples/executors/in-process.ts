// One step after the other, by blocking calls: nothing else happens in the process while a step works.
import { inputsFirst } from '../graph.js'
import type { Step } from '../plan.js'
import { stepStarted } from '../record.js'
import type { Run } from '../run.js'
import { perform } from '../work.js'
import { BlockingLease, systemTime, type BlockingTime } from './blocking-lease.js'
import type { Executor } from './executor.js'

export const inProcessExecutor = (time = systemTime): Executor => ({
  execute(run) {
    for (const asset of inputsFirst(run.options.graph.assets)) {
      for (const step of run.due(asset)) untilSettled(run, step, time)
    }
  },
})

function untilSettled(run: Run, step: Step, time: BlockingTime): void {
  for (let attempt = 1; ; attempt += 1) {
    run.options.progress.waits(step.key)
    try {
      attemptStep(run, step, attempt, time)
    } catch (error) {
      if (run.retries(step, attempt, error)) continue
      return
    }
    return run.succeeded(step)
  }
}

function attemptStep(run: Run, step: Step, attempt: number, time: BlockingTime): void {
  const { storage, runId, options } = run
  using lease = BlockingLease.claim(storage, run.claim(step, attempt), time, options.timeout)
  if (run.isMadeElsewhere(step)) return
  using _ = options.utilisation.busy(step.asset.pool)
  storage.storeEventSync(stepStarted(runId, step), { lease: lease.ref })
  options.progress.started(step.key)

  const task = run.task(step, attempt, lease.ref)
  lease.wait(task.pace)
  // A blocked thread renews nothing, so the work has to keep its lease: here before it reads each input.
  const staged = perform(task, () => lease.keep())
  lease.renew()
  storage.storeEventsSync(run.publish(step, staged), { lease: lease.ref })
}
