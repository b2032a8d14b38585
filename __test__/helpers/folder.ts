import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Storage } from 'rivers-storage'

const requireHere = createRequire(__filename)
const packageDir = join(__dirname, '..', '..')

/** Every file of a folder with what is in it and when it was changed. */
export type Snapshot = Record<string, string>

export function snapshot(folder: string): Snapshot {
  const files = readdirSync(folder).toSorted()
  return Object.fromEntries(
    files.map(name => {
      const path = join(folder, name)
      return [name, `${statSync(path).mtimeMs} ${readFileSync(path, 'latin1')}`]
    }),
  )
}

/** Names of files that are in one only, or differ. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter(name => before[name] !== after[name])
}

export const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith(ending))
    .map(name => join(folder, name))

/** The package once more, from another folder: with an addon of its own, as two versions in one process have. */
export function copyOfPackage(folder: string): typeof import('rivers-storage') {
  mkdirSync(folder)
  const parts = readdirSync(packageDir).filter(
    name => name === 'lib' || /^(binding|index)\.js$|^package\.json$|\.node$/.test(name),
  )
  for (const name of parts) cpSync(join(packageDir, name), join(folder, name), { recursive: true })
  return requireHere(folder)
}

export function flip(path: string, at: number, bit = 3): void {
  const content = readFileSync(path)
  content[at]! ^= 1 << bit
  writeFileSync(path, content)
}

/** A store that a process made and left by being killed: rows `k0`, `k1` and so on, each of this many bytes. */
export function killedStore(
  path: string,
  rows: number,
  bytes: number,
  durability: 'commit' | 'relaxed' = 'commit',
): void {
  const source = `
    const { Storage } = require('rivers-storage')
    const s = Storage.embeddedSync(${JSON.stringify(path)}, { durability: '${durability}' })
    for (let i = 0; i < ${rows}; i++) s.kvSetSync('k' + i, Buffer.alloc(${bytes}, 'row ' + i + ';'))
    process.kill(process.pid, 'SIGKILL')`
  const { signal, stderr } = spawnSync(process.execPath, ['-e', source], { cwd: packageDir, encoding: 'utf8' })
  if (signal !== 'SIGKILL') throw new Error(`the child was not killed: ${stderr}`)
}

/** How many of the rows of such a store are there, and as they were. */
export async function wholeRows(storage: Storage, rows: number, bytes: number): Promise<number> {
  let whole = 0
  for (let i = 0; i < rows; i++) {
    const value = await storage.kvGet(`k${i}`)
    if (value?.equals(Buffer.alloc(bytes, `row ${i};`))) whole++
  }
  return whole
}
