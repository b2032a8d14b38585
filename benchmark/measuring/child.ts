import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Runs one of the files beside this one in a process of its own; gives the JSON that it prints. */
export function inOwnProcess<T>(file: string, ...args: (string | number)[]): T {
  const flags = ['--expose-gc', '--import', 'tsx', join(__dirname, file)]
  return JSON.parse(output(process.execPath, [...flags, ...args.map(String)])) as T
}

export function output(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(error?.message ?? stderr)
  return stdout
}
