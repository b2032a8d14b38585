import { join } from 'node:path'
import { readManifest } from '../../scripts/release/packages.js'
import { root } from '../../scripts/setup/root.mjs'
import { output, stop } from '../../scripts/setup/run.mjs'
import type { Command } from './commands.js'

/** The folder of this suite, which has packages of its own. */
export const matrix = join(root, '__test__', 'matrix')
const installed = join(matrix, 'node_modules')

export interface Tool {
  version: string
  command: Command
}

/** A package whose file runs by itself, or by `interpreter`. */
function tool(name: string, file: string, ...interpreter: Command): Tool {
  const { version } = readManifest(join(installed, name), 'package.json')
  return { version, command: [...interpreter, join(installed, name, file)] }
}

/** Each under the name that package.json gives it. */
export const nodes = ['node20', 'node22', 'node24', 'node26'].map(name => tool(name, 'bin/node'))
/** Runs the tools, and the programs where it is not the runtime that is tried: webpack-cli does not run on Node 20. */
export const node = nodes[2]!

export const npm: Tool = {
  version: output('npm', ['--version'])?.trim() ?? stop('npm is not there.'),
  command: ['npm'],
}
export const pnpm = tool('@pnpm/exe.linux-x64', 'pnpm')
export const yarnClassic = tool('yarn', 'bin/yarn.js', ...node.command)
export const yarn = tool('@yarnpkg/cli-dist', 'bin/yarn.js', ...node.command)
export const bun = tool('@oven/bun-linux-x64', 'bin/bun')
export const deno = tool('@deno/linux-x64-glibc', 'deno')
/** Of the checkout. */
export const tsc: Command = [...node.command, join(root, 'node_modules', 'typescript', 'bin', 'tsc')]
