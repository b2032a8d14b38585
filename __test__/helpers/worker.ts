import { Worker } from 'node:worker_threads'
import type { ChildWork } from './child.js'

export interface Thread {
  readonly worker: Worker
  /** Everything said, once the thread is over; rejects with what it threw. */
  readonly ended: Promise<unknown[]>
  /** Resolves with the first thing said. */
  readonly first: Promise<unknown>
}

/** Starts a worker thread that runs `work` (which sees only its arguments) with 'rivers-storage'. */
export function startWorker<A>(work: ChildWork<A>, argument: A): Thread {
  // The runner of the tests names inner functions by a helper, which the copied source needs, too.
  const source = `
    const __name = named => named
    const { parentPort, workerData } = require('node:worker_threads')
    const work = ${work.toString()}
    Promise.resolve(work(require('rivers-storage'), workerData, line => parentPort.postMessage(line)))
      .catch(error => { setImmediate(() => { throw error }) })`
  const worker = new Worker(source, { eval: true, workerData: argument, execArgv: [] })
  const said: unknown[] = []
  const first = new Promise<unknown>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the worker said nothing')))
  })
  // Not every test waits for it.
  first.catch(() => {})
  const ended = new Promise<unknown[]>((resolve, reject) => {
    worker.on('message', line => said.push(line))
    worker.once('error', reject)
    worker.once('exit', () => resolve(said))
  })
  ended.catch(() => {})
  return { worker, ended, first }
}

/** Runs `work` in a worker thread to its end; gives what it said. */
export const inWorker = <A>(work: ChildWork<A>, argument: A): Promise<unknown[]> => startWorker(work, argument).ended
