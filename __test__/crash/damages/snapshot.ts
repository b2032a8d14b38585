import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Snapshot = ReadonlyMap<string, string>

/** Which process has the store open is noted in these, and is not what is stored. */
const NOTES = new Set(['rivers.lock'])

export function snapshot(folder: string): Snapshot {
  const hash = (name: string): string =>
    NOTES.has(name)
      ? ''
      : createHash('sha1')
          .update(readFileSync(join(folder, name)))
          .digest('hex')
  return new Map(readdirSync(folder).map(name => [name, hash(name)]))
}

export function changes(before: Snapshot, after: Snapshot): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted().filter(name => !NOTES.has(name))
  return names.flatMap(name => {
    if (before.get(name) === after.get(name)) return []
    return [`${name} ${!before.has(name) ? 'is new' : after.has(name) ? 'changed' : 'is gone'}`]
  })
}
