import assert from 'node:assert/strict'
import { lines, titles } from '../install/project.js'
import { run } from '../install/run.js'

/** A program and its arguments. */
export type Command = string[]

export interface Place {
  /** A folder of the row's own. */
  dir: string
  env: NodeJS.ProcessEnv
}

const start = ([program, ...args]: Command, { dir, env }: Place) => run(program!, args, dir, env)

/** What the command wrote to its standard output. */
export async function succeeds(command: Command, place: Place): Promise<string> {
  const { code, output, stdout } = await start(command, place)
  assert.equal(code, 0, `${command.join(' ')}\n${output}`)
  return stdout
}

/** All that the command printed. */
export async function fails(command: Command, place: Place): Promise<string> {
  const { code, output } = await start(command, place)
  assert.ok(code > 0, `${command.join(' ')} ended with ${code}\n${output}`)
  return output
}

/** Runs one of the programs in the folder, and requires that all of its checks pass. */
export async function passes(runtime: Command, program: string, place: Place): Promise<void> {
  const expected = /typed\.[tj]s$/.test(program) ? [true] : titles
  assert.deepEqual(lines(await succeeds([...runtime, program], place)), expected, program)
}
