// The work of one step, in whichever process an executor does it.
import type { LeaseRef } from 'rivers-storage'
import { codeOf } from './graph.js'
import { Results, type Result, type Staged } from './results.js'

/** All that a step needs, as plain data: it can be sent to another process. */
export interface Task {
  asset: string
  partition: string | null
  /** Path of the module with the step's code. */
  code: string
  codeVersion: string
  /** Folder of the results. */
  results: string
  /** The partitions of each input; null for an input without. */
  inputs: Record<string, string[] | null>
  /** The results that the inputs consist of. */
  inputVersions: Result['inputs']
  /** Milliseconds to wait before the work. */
  pace: number
  /** The grant under which the work is done. */
  lease: LeaseRef
}

/** Blocks while it works. `beforeRead` is called before each input, and may throw to end the work. */
export function perform(task: Task, beforeRead: () => void = () => {}): Staged {
  const results = new Results(task.results)
  const input = (key: string) => {
    beforeRead()
    return results.rows(key, task.inputs[key] ?? null)
  }
  const rows = codeOf(task.code)[task.asset]!(input, task.partition ?? '')
  return results.stage(task.lease, { codeVersion: task.codeVersion, inputs: task.inputVersions, rows })
}
