import type { digestOf as DigestOf } from '../model/bytes.js'
import type { Call } from '../model/op.js'

/** What a reader does: opens the store, makes every call, closes. When it is refused, it tries once more. */
export interface Reading {
  path: string
  durability: 'commit' | 'relaxed'
  reads: readonly (Call & { location: string })[]
}

export type Failure = { code: string; message: string }
export type Told =
  | ['opened']
  /** Why, the first and the second time; null when it was opened the second time. */
  | ['refused', Failure, Failure | null]
  | ['read', { value: unknown } | Failure]
  | ['closed', Failure | null]

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
  const { path, durability, reads } = JSON.parse(readFileSync(readingFile, 'utf8')) as Reading
  type Methods = Record<string, (...args: unknown[]) => unknown>
  const storages = new Map<string, import('rivers-storage').Storage>()
  const open = (): Failure | null => {
    try {
      for (const { location: codeLocation } of reads) {
        if (storages.has(codeLocation)) continue
        storages.set(codeLocation, Storage.embeddedSync(path, { durability, codeLocation }))
      }
      return null
    } catch (error) {
      return failureOf(error)
    }
  }
  const refused = open()
  if (refused) {
    say(['refused', refused, open()])
    return
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
  let closed: Failure | null = null
  for (const storage of storages.values()) {
    try {
      storage.closeSync()
    } catch (error) {
      closed = failureOf(error)
    }
  }
  say(['closed', closed])
}
