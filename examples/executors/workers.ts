// The parent's side of the worker processes: each works on one task at a time, and is used again afterwards.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { StepInterrupted } from '../retry.js'
import type { Staged } from '../results.js'
import type { Task } from '../work.js'

export type ToWorker = { kind: 'task'; task: Task } | { kind: 'abort'; reason: string }
export type FromWorker = { kind: 'begun' } | { kind: 'done'; staged: Staged } | { kind: 'failed'; message: string }

/**
 * A lease that could not be renewed is given up a fifth of its duration before its end: of five seconds, one before. A
 * worker that goes on after an abort is killed within that time, so it has stopped when the slots go to another step.
 */
const GRACE_MS = 500

export class Workers implements AsyncDisposable {
  readonly #all = new Set<ChildProcess>()
  readonly #idle: ChildProcess[] = []

  /** Settles when the worker has stopped: with its result, its error, the reason of the abort or StepInterrupted. */
  async submit(task: Task, signal: AbortSignal, begun: (pid: number) => void): Promise<Staged> {
    signal.throwIfAborted()
    const worker = this.#idle.pop() ?? this.#start()
    try {
      using _ = passOnAbort(signal, worker)
      const answer = await answerOf(worker, task, () => begun(worker.pid!))
      signal.throwIfAborted()
      if (answer.kind === 'done') return answer.staged
      if (answer.kind === 'failed') throw new Error(answer.message)
      throw new StepInterrupted(`the worker ended with ${answer.end}`)
    } finally {
      if (this.#all.has(worker)) this.#idle.push(worker)
    }
  }

  #start(): ChildProcess {
    // The loader of TypeScript.
    const worker = fork(join(__dirname, 'worker.ts'), { execArgv: ['--require', require.resolve('tsx/cjs')] })
    this.#all.add(worker)
    worker.once('exit', () => this.#forget(worker))
    // A start or a message that failed: `answerOf` says so. No `exit` follows a failed start.
    worker.on('error', () => {
      worker.kill('SIGKILL')
      this.#forget(worker)
    })
    return worker
  }

  #forget(worker: ChildProcess): void {
    this.#all.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** No task is under way, and an idle worker has nothing to finish. */
  async [Symbol.asyncDispose](): Promise<void> {
    const exits = [...this.#all].map(worker => once(worker, 'exit'))
    for (const worker of this.#all) worker.kill('SIGKILL')
    await Promise.all(exits)
  }
}

type Answer = Exclude<FromWorker, { kind: 'begun' }> | { kind: 'ended'; end: string }

function answerOf(worker: ChildProcess, task: Task, begun: () => void): Promise<Answer> {
  return new Promise(resolve => {
    const settle = (answer: Answer): void => {
      worker.off('message', onMessage).off('exit', onExit).off('error', onError)
      resolve(answer)
    }
    const onMessage = (message: FromWorker): void => (message.kind === 'begun' ? begun() : settle(message))
    const onExit = (code: number | null, signal: string | null): void =>
      settle({ kind: 'ended', end: String(signal ?? code) })
    const onError = (error: Error): void => settle({ kind: 'ended', end: error.message })
    worker.on('message', onMessage).on('exit', onExit).on('error', onError)
    worker.send({ kind: 'task', task } satisfies ToWorker)
  })
}

/** Passes an abort on to the worker, and kills it if it does not stop. */
function passOnAbort(signal: AbortSignal, worker: ChildProcess): Disposable {
  let kill: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    kill = setTimeout(() => worker.kill('SIGKILL'), GRACE_MS)
    const message: ToWorker = { kind: 'abort', reason: String(signal.reason) }
    // Sending fails if the worker is ending already. Without the callback that would be an `error` event.
    worker.send(message, () => {})
  }
  signal.addEventListener('abort', onAbort)
  return {
    [Symbol.dispose]() {
      clearTimeout(kill)
      signal.removeEventListener('abort', onAbort)
    },
  }
}
