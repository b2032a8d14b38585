import type { History } from './history.js'
import { collect } from './names.js'
import type { Op } from './op.js'

// Deliberate mistakes about what was acknowledged.

/** Takes one operation that was acknowledged for one that never began. */
export function forgetOne(history: History): void {
  const index = history.ops.findIndex(({ kind }, index) => kind === 'createRun' && index < history.answers.length)
  if (index < 0) return
  history.ops = history.ops.toSpliced(index, 1)
  history.answers.splice(index, 1)
  history.firm--
}

/** Takes one operation for acknowledged that never was. */
export function inventOne(history: History): void {
  const invented: Op = { kind: 'kvSet', key: `${history.location}/invented`, value: { text: 'invented', size: 10 } }
  history.ops = [...history.ops.slice(0, history.answers.length), invented]
  history.acknowledge(null)
  collect(history.names, history.ops)
}
