import { answers, fails, type AnyCall } from './history.js'
import type { Specification } from './check.js'

/** What a key is set to. */
export const keyValue: Specification<{ value: string | null }> = {
  first: { value: null },
  next(state, call) {
    switch (call.method) {
      case 'kvSet':
        return answers(call, undefined) ? { value: text(call.args[1]) } : null
      case 'kvGet':
        return 'answer' in call.outcome && text(call.outcome.answer) === state.value ? state : null
      case 'kvDelete':
        return answers(call, state.value !== null) ? { value: null } : null
      default:
        return unknown(call)
    }
  },
}

/** How far a run is: it is started once. */
export const run: Specification<{ status: 'NotStarted' | 'Started' | null }> = {
  first: { status: null },
  next(state, call) {
    const { status } = state
    switch (call.method) {
      case 'createRun':
        return answers(call, undefined) ? { status: status ?? 'NotStarted' } : null
      case 'tryStartRun':
        if (status === null) return fails(call, 'ERR_NOT_FOUND') ? state : null
        return answers(call, status === 'NotStarted') ? { status: 'Started' } : null
      case 'getRun':
        return 'answer' in call.outcome && (call.outcome.answer?.status ?? null) === status ? state : null
      default:
        return unknown(call)
    }
  },
}

export function unknown(call: AnyCall): never {
  throw new Error(`${call.method} is not in the specification`)
}

const text = (value: Uint8Array | null): string | null => value && Buffer.from(value).toString()
