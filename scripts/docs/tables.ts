// docs/tables.md: the head is written by hand, and what follows its comment is printed by an example of crates/storage.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cargoEnv } from '../lib/cargo-env.js'
import { output } from '../setup/run.mjs'
import { root } from '../setup/root.mjs'

const file = join(root, 'docs', 'tables.md')
const HEAD = /^.*?<!-- Generated from here on by `npm run docs`[^>]*-->\n/s
const PROGRAM = ['run', '--quiet', '--package', 'rivers-storage', '--example', 'tables']

export function writeTables(): void {
  const head = readFileSync(file, 'utf8').match(HEAD)?.[0]
  if (!head) throw new Error('docs/tables.md has no comment from which on it is generated')
  const tables = output('cargo', PROGRAM, { env: cargoEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
  if (tables === null) throw new Error('cannot print the descriptions of the tables')
  writeFileSync(file, `${head}\n${tables}`)
}
