import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/setup/root.mjs'
import { inRoot, type Place } from './in-root.js'
import { chooseSpecs } from './specs.js'
import { tallyOf } from './tap.js'

export interface Runtime extends Omit<Place, 'program'> {
  name: string
  /** Runs a program in TypeScript. */
  command: string[]
  /** Specs that start processes are left out, since the emulator is none of the system's. */
  isEmulated?: boolean
  /** Only the first program of the README runs. */
  hasNoAva?: boolean
}

/** The first program of the README. */
function firstProgram(): string {
  const [, source] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))!
  return source!.replace("'rivers-storage'", "'./index.mjs'").replace("'./my-store'", "'/tmp/my-store'")
}

/** tsx starts this, which is a program for this machine under an emulator, too. */
const env = { ESBUILD_BINARY_PATH: '/rivers-storage/node_modules/@esbuild/linux-x64/bin/esbuild' }

function printedBy(runtime: Runtime, ...args: string[]): string {
  const { code, printed } = inRoot({ ...runtime, program: firstProgram() }, [...runtime.command, ...args], env)
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${printed}`)
  return printed
}

export interface Tried {
  /** A line of the table: the runtime and its version, the program, the specs, their tests. */
  cells: string[]
  /** The titles of tests that the system has no means for. */
  skipped: string[]
}

// The emulator is an order of magnitude slower. ava's worker processes would not find it.
const emulated = ['--worker-threads', '--serial', '--timeout=20m']

/** Throws what fails. */
export function tried(runtime: Runtime): Tried {
  const [version] = /\d+\.\d+\.\d+/.exec(printedBy(runtime, '--version')) ?? ['unknown']
  const said = printedBy(runtime, 'program.mts')
  if (!/status: ['"]UpToDate/.test(said)) throw new Error(`The program printed:\n${said}`)
  if (runtime.hasNoAva) return { cells: [runtime.name, version, 'ran', '–', '–'], skipped: [] }
  const { specs } = chooseSpecs(runtime)
  const options = runtime.isEmulated ? emulated : []
  const tap = printedBy(runtime, 'node_modules/ava/entrypoints/cli.mjs', '--tap', ...options, ...specs)
  const { passed, skipped } = tallyOf(tap)
  const tests = `${passed} passed, ${skipped.length} skipped`
  return { cells: [runtime.name, version, 'ran', String(specs.length), tests], skipped }
}
