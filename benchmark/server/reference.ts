import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { referencePython } from '../peers/reference/install.js'
import type { Load, Pace } from './load.js'

export interface ReferenceSlice {
  readonly calls: number
  readonly errors: number
  readonly error: string | null
}

/** One process of the reference's wheel with so many threads, which ends with the slice: its storage has no close. */
export async function runReference(
  endpoint: string,
  database: string,
  callers: number,
  { pools, limit }: Load,
  { warmUpMs, sliceMs }: Pace,
): Promise<ReferenceSlice> {
  const numbers = [pools, limit, callers, warmUpMs, sliceMs].map(String)
  const args = [join(__dirname, 'reference.py'), endpoint, database, ...numbers]
  const env = { ...process.env, RUST_LOG: 'error' }
  const { stdout } = await promisify(execFile)(referencePython(), args, { env, maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as ReferenceSlice
}
