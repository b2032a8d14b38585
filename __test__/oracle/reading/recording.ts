import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from './encodings.js'

/** One call of the reference and what came of it, decoded; field by field as README.md has them. */
export interface Step {
  readonly op: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: PythonError
  readonly order?: string
  readonly projection?: string
  readonly writes?: unknown
}

export interface PythonError {
  readonly type: string
  readonly mro: readonly string[]
  readonly message: string
}

export interface Recording {
  readonly scenario: string
  /** Where it was recorded. */
  readonly backend: string
  /** Placeholders of times, ascending; equal ones share a list. A text where the order is not known. */
  readonly timeOrder: readonly (string | readonly string[])[]
  readonly steps: readonly Step[]
}

/** Every recording of a folder, by name. */
export function readRecordings(folder: string): Recording[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  if (files.length === 0) throw new Error(`there is no recording in ${folder}`)
  return files.toSorted().map(name => {
    try {
      return parseRecording(readFileSync(join(folder, name), 'utf8'))
    } catch (cause) {
      throw new Error(`${name} is no recording: ${String(cause)}`, { cause })
    }
  })
}

export function parseRecording(text: string): Recording {
  const { scenario, backend, ts_order, steps } = JSON.parse(text)
  if (typeof scenario !== 'string' || !Array.isArray(steps)) throw new Error('it has no scenario or no steps')
  const timeOrder = Array.isArray(ts_order) ? ts_order : []
  return { scenario, backend: String(backend), timeOrder, steps: steps.map(parseStep) }
}

function parseStep(raw: Step): Step {
  const { args, kwargs, result, writes, ...rest } = raw
  return {
    ...rest,
    args: (args ?? []).map(decode),
    kwargs: decode(kwargs ?? {}) as Record<string, unknown>,
    ...(result === undefined ? {} : { result: decode(result) }),
    ...(writes === undefined ? {} : { writes: decode(writes) }),
  }
}
