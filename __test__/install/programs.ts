import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Programs of the tests with bundlers: they say by a line of JSON which checks passed. */
const programs = join('..', 'runners')
export const titles: string[] = Object.keys(require('../runners/checks.cjs')({}))

export interface Ended {
  code: number
  /** All that it printed. */
  output: string
  stdout: string
}

/** What a program said, which is JSON. */
export const lines = (output: string): unknown[] =>
  output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

/** Runs a command to its end. */
export async function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const options = { cwd, env, timeout: 120_000, maxBuffer: 1 << 26, shell: process.platform === 'win32' }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return { code: 0, output: stdout + stderr, stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as Error & { code?: unknown } & Record<string, string>
    return { code: typeof code === 'number' ? code : -1, output: `${stdout}${stderr}` || message, stdout }
  }
}

/** A program that uses the types of the package, as a user's own settings check it. */
const typed = `import { Storage, isStorageError, type SlotLease } from 'rivers-storage'
const hold = async (storage: Storage): Promise<bigint | number> => {
  await storage.setPoolLimit('db', 1)
  return storage.withSlots({ runId: 'r', stepKey: 's', pools: 'db' }, async (lease: SlotLease) => lease.token)
}
Storage.memory().then(async storage => {
  console.log(JSON.stringify(Number(await hold(storage)) > 0))
  await storage.close()
}, error => { if (isStorageError(error)) console.error(error.code) })
`

const settings = {
  compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], outDir: 'out' },
}

/** An empty project with the programs in it, and nothing installed. */
export function project(dir: string): string {
  mkdirSync(dir)
  for (const name of ['main.cjs', 'main.mjs', 'checks.cjs']) copyFileSync(join(programs, name), join(dir, name))
  writeFileSync(join(dir, 'typed.ts'), typed)
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ ...settings, files: ['typed.ts'] }))
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', private: true }))
  return dir
}
