// Stores of each schema version, as the package of that time left them, with their answers at that time. `npm run fixture`
// makes those of the present version.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Answers } from './answers.js'

export type Kind = 'embedded' | 'server'

const folder = join(__dirname, 'fixtures')
/** What is recorded of a version: the files of a folder, or the export of a database, and the answers. */
export const fixtureFile = (version: number, kind: Kind): string => join(folder, `v${version}.${kind}.gz`)
export const answersFile = (version: number, kind: Kind): string => join(folder, `v${version}.${kind}.answers.json`)

export const versions = readdirSync(folder)
  .flatMap(name => name.match(/^v(\d+)\.server\.gz$/)?.[1] ?? [])
  .map(Number)

export const recordedAnswers = (version: number, kind: Kind): Answers =>
  JSON.parse(readFileSync(answersFile(version, kind), 'utf8')) as Answers

export const recordedExport = (version: number): string =>
  gunzipSync(readFileSync(fixtureFile(version, 'server'))).toString()

/** Packs a folder of files. RocksDB's own log says nothing about the store. */
export function pack(path: string): Buffer {
  const names = readdirSync(path).filter(name => !name.startsWith('LOG'))
  const files = Object.fromEntries(names.map(name => [name, readFileSync(join(path, name)).toString('base64')]))
  return gzipSync(JSON.stringify(files), { level: 9 })
}

export function unpack(version: number, path: string): void {
  const files = JSON.parse(gunzipSync(readFileSync(fixtureFile(version, 'embedded'))).toString()) as Record<
    string,
    string
  >
  mkdirSync(path, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), Buffer.from(content, 'base64'))
}

/** Asks a server without users, over HTTP. */
export async function request(endpoint: string, route: string, database: string, body?: string): Promise<string> {
  const headers = { Accept: 'application/json', 'surreal-ns': 'rivers', 'surreal-db': database }
  const method = body === undefined ? 'GET' : 'POST'
  const answer = await fetch(`${endpoint.replace('ws', 'http')}/${route}`, { method, headers, ...(body && { body }) })
  const text = await answer.text()
  if (!answer.ok || /"status":"ERR"/.test(text)) throw new Error(`${route}: ${answer.status} ${text}`)
  return text
}

/** The results of each statement. */
export async function sql(endpoint: string, database: string, statements: string): Promise<unknown[]> {
  const results = JSON.parse(await request(endpoint, 'sql', database, statements)) as { result: unknown }[]
  return results.map(({ result }) => result)
}

/** Makes the database, with a store of that version. */
export async function importFixture(endpoint: string, database: string, version: number): Promise<void> {
  await sql(endpoint, database, `DEFINE NAMESPACE IF NOT EXISTS rivers; DEFINE DATABASE ${database};`)
  await request(endpoint, 'import', database, recordedExport(version))
}

/** How many rows each table has. */
export async function rowsOfTables(endpoint: string, database: string): Promise<Record<string, number>> {
  const [info] = (await sql(endpoint, database, 'INFO FOR DB')) as [{ tables: Record<string, string> }]
  const tables = Object.keys(info.tables)
  const counts = await sql(endpoint, database, tables.map(table => `RETURN count(SELECT 1 FROM ${table});`).join(''))
  return Object.fromEntries(tables.map((table, i) => [table, counts[i] as number]))
}
