// Every step begins as soon as its inputs are made, within the limit of workers.
import { inputsFirst } from '../graph.js'
import type { Step } from '../plan.js'
import type { Run } from '../run.js'

export type AttemptStep = (step: Step, attempt: number) => Promise<void>

/** Settles when no step is under way. */
export async function fanOut(run: Run, attemptStep: AttemptStep): Promise<void> {
  const { assets, workers } = run.options.graph
  const gate = new Gate(workers)
  const made = new Map<string, Promise<void>>()
  for (const asset of inputsFirst(assets)) {
    const inputs = asset.inputs.map(key => made.get(key)!)
    const steps = () => run.due(asset).map(step => gate.pass(() => untilSettled(run, step, attemptStep)))
    made.set(
      asset.key,
      allSettled(inputs).then(() => allSettled(steps())),
    )
  }
  await allSettled([...made.values()])
}

async function untilSettled(run: Run, step: Step, attemptStep: AttemptStep): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    run.options.progress.waits(step.key)
    try {
      await attemptStep(step, attempt)
    } catch (error) {
      if (run.retries(step, attempt, error)) continue
      return
    }
    return run.succeeded(step)
  }
}

/** Rejects, as Promise.all does, but only once everything has settled. */
async function allSettled(work: Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}

/** Admits a limited number of callers at a time, first come, first served. */
class Gate {
  readonly #waiting: (() => void)[] = []

  constructor(private free: number) {}

  async pass(work: () => Promise<void>): Promise<void> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.free += 1
    }
  }
}
