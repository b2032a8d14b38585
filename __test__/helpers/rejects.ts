import type { ExecutionContext } from 'ava'
import { isStorageError, type StorageError, type StorageErrorCode } from 'rivers-storage'

const RETRYABLE: ReadonlySet<StorageErrorCode> = new Set(['ERR_LOCKED', 'ERR_UNAVAILABLE', 'ERR_TIMEOUT'])

/** What every StorageError must be, whichever way it came. */
export function isError(
  t: ExecutionContext,
  error: unknown,
  code: StorageErrorCode,
  ...mentions: RegExp[]
): StorageError {
  t.true(error instanceof Error, `not an Error: ${String(error)}`)
  t.true(isStorageError(error), `not a StorageError: ${String(error)}`)
  const failure = error as StorageError
  t.is(failure.name, 'StorageError')
  t.is(failure.code, code, failure.message)
  t.is(failure.retryable, RETRYABLE.has(code))
  t.is(typeof failure.stack, 'string')
  for (const mention of mentions) t.regex(failure.message, mention)
  return failure
}

/** Expects the call to reject, not to throw, with a StorageError of that code whose message mentions all of `mentions`. */
export async function rejects(
  t: ExecutionContext,
  code: StorageErrorCode,
  call: () => Promise<unknown>,
  ...mentions: RegExp[]
): Promise<StorageError> {
  let pending: Promise<unknown>
  try {
    pending = call()
  } catch (error) {
    throw new Error('threw instead of rejecting', { cause: error })
  }
  return isError(t, await failureOf(pending), code, ...mentions)
}

/** What the promise rejects with; it is an error of the test when it does not. */
export async function failureOf(pending: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await pending
  } catch (error) {
    return error
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
}

/** Deliberately wrong arguments, for calls that the types forbid. */
export const bad = <T = never>(value: unknown): T => value as T
