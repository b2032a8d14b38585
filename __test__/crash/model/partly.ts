import type { Answer } from './history.js'
import type { Op } from './op.js'
import type { Expectation } from './reads.js'
import { copyOf, prunable, queuedMark, type State } from './state.js'

/**
 * The state in which a pruning has done some of its transactions, as the answers show it; null when it goes otherwise
 * about than from the oldest on, or this is no pruning.
 */
export function prunedPartly(
  state: State,
  op: Op,
  answers: readonly Answer[],
  reads: readonly Expectation[],
): State | null {
  const answered = (method: string): unknown[] =>
    answers.flatMap((answer, index) => {
      const isList = reads[index]!.method === method && 'value' in answer && Array.isArray(answer.value)
      return isList ? (answer.value as unknown[]) : []
    })
  if (op.kind === 'pruneTicks') {
    const gone = state.ticks.length - answered('getTicks').length
    return gone >= 0 && gone <= state.ticks.length - op.keep
      ? { ...copyOf(state), ticks: state.ticks.slice(gone) }
      : null
  }
  if (op.kind !== 'pruneEvents') return null
  const left = new Set((answered('getEventsForRun') as Listed[]).map(markOf))
  const doomed = prunable(state, op.olderThan)
  const removed = new Set(doomed.filter(event => !left.has(event.mark)))
  const stayed = new Set<string>()
  // Each run loses its oldest events first.
  for (const event of doomed) {
    if (!removed.has(event)) stayed.add(event.runId)
    else if (stayed.has(event.runId)) return null
  }
  return { ...copyOf(state), events: state.events.filter(event => !removed.has(event)) }
}

interface Listed {
  eventType: string
  metadata: [string, string][]
  runId: string
}

const markOf = ({ eventType, metadata, runId }: Listed): string =>
  eventType === 'RunQueued' ? queuedMark(runId) : metadata[0]![1]
