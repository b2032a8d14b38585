import { isStorageError } from 'rivers-storage'
import type { Step } from '../reading/recording.js'

/** What must come of a call instead of a result. Without a code, any StorageError will do. */
export class Refusal {
  constructor(
    readonly code?: string,
    /** What the message must name. */
    readonly names?: string,
    readonly rule?: string,
  ) {}
}

/** What came of a call of ours instead of a result. */
export class Failure {
  constructor(readonly error: unknown) {}

  fits({ code, names = '' }: Refusal): boolean {
    const { error } = this
    return isStorageError(error) && (code === undefined || error.code === code) && error.message.includes(names)
  }
}

/** Python's own errors: the caller's mistake. */
const ARGUMENT_ERRORS = ['TypeError', 'ValueError', 'OverflowError']

/** Whether the reference never looked at the call, because it was not of the right types. */
export const isRefusedByPython = ({ error }: Step): boolean =>
  error !== undefined && ARGUMENT_ERRORS.some(type => error.mro.includes(type))

// By what the message of the reference's StorageError says.
const CODES: [RegExp, code: string, rule?: string][] = [
  [/pool '(.*)' not configured/s, 'ERR_NOT_FOUND', 'D22'],
  [/pools must not be empty/, 'ERR_INVALID_ARG'],
  [/^Unknown run status/, 'ERR_INVALID_ARG'],
  [/reserved character|empty/, 'ERR_INVALID_ARG'],
  // It is the weight that is wrong.
  [/extreme contention/, 'ERR_INVALID_ARG', 'D9'],
  [/^Failed to create storage dir/, 'ERR_IO'],
  [/\block\b/i, 'ERR_LOCKED', 'D20'],
]

export function refusal(step: Step): Refusal {
  if (isRefusedByPython(step)) return new Refusal('ERR_INVALID_ARG')
  const { message } = step.error!
  for (const [pattern, code, rule] of CODES) {
    const [found, name] = message.match(pattern) ?? []
    if (found !== undefined) return new Refusal(code, name, rule)
  }
  return new Refusal()
}
