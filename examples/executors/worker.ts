// A worker process: it never opens the store. It gets tasks, stages their results, and ends with its parent.
import { perform, type Task } from '../work.js'
import { pause } from './abort.js'
import type { FromWorker, ToWorker } from './workers.js'

let abort = new AbortController()

process.on('message', (message: ToWorker) => {
  if (message.kind === 'abort') abort.abort(new Error(message.reason))
  else void work(message.task)
})
// The parent has ended: its run is over, and no process would collect the result.
process.once('disconnect', () => process.exit())
// Ctrl-C reaches the children of a terminal, too. The parent decides what becomes of their steps.
process.on('SIGINT', () => {})

async function work(task: Task): Promise<void> {
  abort = new AbortController()
  tell({ kind: 'begun' })
  try {
    await pause(task.pace, abort.signal)
    tell({ kind: 'done', staged: perform(task) })
  } catch (error) {
    tell({ kind: 'failed', message: String(error) })
  }
}

const tell = (message: FromWorker): void => void process.send!(message)
