import { join } from 'node:path'
import { readManifest } from '../../scripts/release/packages.js'
import { root } from '../../scripts/setup/root.mjs'
import { output, stop } from '../../scripts/setup/run.mjs'
import type { Command } from './commands.js'

/** The folder of this suite, which has packages of its own. */
export const matrix = join(root, '__test__', 'matrix')
const toolsDir = join(matrix, 'node_modules')

export interface Tool {
  version: string
  command: Command
}

const versionOf = (name: string): string => readManifest(join(toolsDir, name), 'package.json').version

/** A package whose file runs by itself, or by `interpreter`. */
const tool = (name: string, file: string, ...interpreter: Command): Tool => ({
  version: versionOf(name),
  command: [...interpreter, join(toolsDir, name, file)],
})

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
/** By a script of its own, where the others have a command. */
export const esbuild: Tool = { version: versionOf('esbuild'), command: [...node.command, 'esbuild.mjs'] }
export const webpack: Tool = {
  version: versionOf('webpack'),
  command: tool('webpack-cli', 'bin/cli.js', ...node.command).command,
}
export const vite = tool('vite', 'bin/vite.js', ...node.command)
export const rollup = tool('rollup', 'dist/bin/rollup', ...node.command)
export const ncc = tool('@vercel/ncc', 'dist/ncc/cli.js', ...node.command)

const compiler = join(root, 'node_modules', 'typescript')
/** The version of the compiler, which is the checkout's own. */
export const typescript = readManifest(compiler, 'package.json').version
export const tsc: Command = [...node.command, join(compiler, 'bin', 'tsc')]
