import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The programs of the tests with bundlers. For each check that passed, they print its title as a line of JSON. */
const programs = join('..', 'runners')
/** The titles of all checks. */
export const titles: string[] = Object.keys(require('../runners/checks.cjs')({}))

/** The values that a program printed as lines of JSON. */
export const lines = (output: string): unknown[] =>
  output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

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
