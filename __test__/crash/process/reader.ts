import type { digestOf as DigestOf } from '../model/bytes.js'
import type { Call } from '../model/op.js'

/** What a reader does: opens the store, makes every call, closes; so many times. */
export interface Reading {
  path: string
  durability: 'commit' | 'relaxed'
  times: number
  reads: readonly (Call & { location: string })[]
}

export type Failure = { code: string; message: string }
export type Told =
  ['opened'] | ['refused', Failure] | ['read', { value: unknown } | Failure] | ['closed', Failure | null]

declare const digestOf: typeof DigestOf

export function failureOf(error: unknown): Failure {
  const { code = 'none', message } = error as { code?: string; message: string }
  return { code, message }
}

/** Copied into the child as source text, after `digestOf` and `failureOf`. */
export function readAll(
  { Storage }: typeof import('rivers-storage'),
  { readingFile }: { readingFile: string },
  say: (line: unknown) => void,
): void {
  const { readFileSync } = require('node:fs') as typeof import('node:fs')
  const { path, durability, times, reads } = JSON.parse(readFileSync(readingFile, 'utf8')) as Reading
  type Storages = Map<string, import('rivers-storage').Storage>
  const open = (storages: Storages): void => {
    for (const { location: codeLocation } of reads) {
      if (storages.has(codeLocation)) continue
      storages.set(codeLocation, Storage.embeddedSync(path, { durability, codeLocation }))
    }
  }
  const close = (storages: Storages): Failure | null => {
    let failure: Failure | null = null
    for (const storage of storages.values()) {
      try {
        storage.closeSync()
      } catch (error) {
        failure = failureOf(error)
      }
    }
    return failure
  }
  type Methods = Record<string, (...args: unknown[]) => unknown>
  for (let time = 0; time < times; time++) {
    const storages: Storages = new Map()
    try {
      open(storages)
    } catch (error) {
      say(['refused', failureOf(error)])
      close(storages)
      continue
    }
    say(['opened'])
    for (const { location, method, args } of reads) {
      try {
        const value = (storages.get(location) as unknown as Methods)[`${method}Sync`]!(...args)
        say(['read', { value: value instanceof Uint8Array ? digestOf(value) : value }])
      } catch (error) {
        say(['read', failureOf(error)])
      }
    }
    say(['closed', close(storages)])
  }
}
