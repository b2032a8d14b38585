import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runners } from '../lib/workspace.js'
import { root } from '../setup/root.mjs'
import { run, stop } from '../setup/run.mjs'

/** Inside the checkout, which containers see. */
export const programsFolder = join(root, 'target', 'programs')

/** The programs of a document. */
export const samplesOf = (document: string): string[] =>
  Array.from(document.matchAll(/^```ts\n(.*?)^```$/gms), ([, source]) => source!)

const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
const options = ['--ignoreConfig', '--noCheck', '--target', 'es2022', '--module', 'nodenext']

/**
 * Writes the programs that try packed packages: those of the README, which use a store on disk and SurrealQL, and that of the
 * tests with bundlers, which uses most of the rest. In JavaScript, since containers have Node alone.
 */
export function writePrograms(): void {
  rmSync(programsFolder, { recursive: true, force: true })
  mkdirSync(programsFolder, { recursive: true })
  for (const name of ['main.cjs', 'main.mjs', 'checks.cjs'])
    copyFileSync(join(root, runners, name), join(programsFolder, name))
  const files = samplesOf(readFileSync(join(root, 'README.md'), 'utf8')).map((source, index) => {
    const file = join(programsFolder, `readme-${index + 1}.mts`)
    writeFileSync(file, source)
    return file
  })
  if (!run(process.execPath, [tsc, ...options, ...files])) stop('The programs of the README do not compile: see above.')
  for (const file of files) rmSync(file)
}
