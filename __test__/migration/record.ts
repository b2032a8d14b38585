// `npm run fixture`: records stores of the present schema version, embedded and on a server, for the tests of all later
// versions. Run it once for each new schema version, when its tables are final, and never again for an old one. It needs the
// server of `npm run server`, and an addon that answers SurrealQL.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { format, resolveConfig } from 'prettier'
import { Storage } from 'rivers-storage'
import { startServer } from '../../scripts/lib/server.js'
import { typescript } from '../../scripts/lib/workspace.js'
import { answersOf } from './answers.js'
import { answersFile, fixtureFile, importFixture, pack, request, rowsOfTables, type Kind, unpack } from './fixtures.js'

/** A kill may come too late, after the last row of the deleted run was removed. */
const ATTEMPTS = 20

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rivers-fixture-'))
  try {
    const { to: version } = await Storage.migrateEmbedded(join(dir, 'new'))
    for (const kind of ['embedded', 'server'] as const) {
      if (existsSync(fixtureFile(version, kind)))
        throw new Error(`${fixtureFile(version, kind)} is there: a recorded store does not change`)
    }
    writeFileSync(fixtureFile(version, 'embedded'), pack(await embedded(dir)))
    unpack(version, join(dir, 'unpacked'))
    await record(version, 'embedded', await Storage.embedded(join(dir, 'unpacked')))

    const server = await startServer()
    try {
      writeFileSync(fixtureFile(version, 'server'), gzipSync(await onServer(server.endpoint), { level: 9 }))
      await importFixture(server.endpoint, 'imported', version)
      await record(version, 'server', await Storage.connect(server.endpoint, { database: 'imported' }))
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

async function record(version: number, kind: Kind, storage: Storage): Promise<void> {
  const file = answersFile(version, kind)
  const answers = JSON.stringify(await answersOf(storage))
  await storage.close()
  writeFileSync(file, await format(answers, { ...(await resolveConfig(file)), filepath: file }))
}

/** The folder of a store with rows in every table, as a killed process left it. */
async function embedded(dir: string): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const path = join(dir, `filled-${attempt}`)
    fill(path)
    const rows = await rowsOfStore(path, `${path}-copy`)
    if (isFull({ ...rows, run_deletion: isHalfDeleted(path) ? 1 : 0 })) return path
  }
  throw new Error('no store has rows in every table')
}

/** Of a copy: an opening removes what a killed process left behind, and finishes the deletion of the run. */
async function rowsOfStore(path: string, copy: string): Promise<Record<string, number>> {
  cpSync(path, copy, { recursive: true })
  await using storage = await Storage.embedded(copy)
  const [{ tables }] = await storage.query<[{ tables: Record<string, string> }]>('INFO FOR DB')
  const names = Object.keys(tables)
  const counts = await storage.query<number[]>(names.map(table => `RETURN count(SELECT 1 FROM ${table})`).join(';'))
  return Object.fromEntries(names.map((name, i) => [name, counts[i]!]))
}

/** The log of the last opening has the row of the deletion once when it was stored, and once more when it was removed. */
function isHalfDeleted(path: string): boolean {
  const logs = readdirSync(path).filter(name => /^\d+\.log$/.test(name))
  const occurrences = logs.flatMap(name => readFileSync(join(path, name), 'latin1').match(/run_deletion/g) ?? [])
  return occurrences.length === 1
}

/** The export of a database with rows in every table. */
async function onServer(endpoint: string): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const database = `filled_${attempt}`
    fill(endpoint, database)
    if (isFull(await rowsOfTables(endpoint, database))) return request(endpoint, 'export', database)
  }
  throw new Error('no database has rows in every table')
}

function fill(...args: string[]): void {
  const { signal } = spawnSync(process.execPath, typescript(join(__dirname, 'fill.ts'), ...args), { stdio: 'inherit' })
  if (signal !== 'SIGKILL') throw new Error('the process that fills a store was not killed by itself')
}

function isFull(rows: Record<string, number>): boolean {
  const empty = Object.keys(rows).filter(table => rows[table] === 0)
  console.log(`${Object.keys(rows).length} tables; empty: ${empty.join(', ') || 'none'}`)
  return empty.length === 0
}

void main()
