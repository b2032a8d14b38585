import assert from 'node:assert/strict'
import { copyFileSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { passes, succeeds, type Place } from './commands.js'
import { installedProject } from './installed-project.js'
import type { Row, Table } from './rows.js'
import { esbuild, ncc, node, nodes, rollup, vite, webpack, type Tool } from './tools.js'

interface Build {
  /** The package stays in node_modules, or the addon is copied beside the bundle. */
  mode: 'external' | 'copied'
  entry: string
  minify: boolean
}

interface Bundler {
  name: string
  tool: Tool
  /** What follows the command, split by spaces; the bundle goes to `out`. Other options are in bundlers/. */
  args?: (build: Build) => string
  env?: (build: Build) => NodeJS.ProcessEnv
  /** It copies the addon itself. */
  copies: boolean
}

const bundlers: Bundler[] = [
  {
    name: 'esbuild',
    tool: esbuild,
    env: ({ mode, entry, minify }) => ({ MODE: mode, ENTRY: entry, MINIFY: minify ? '1' : '' }),
    copies: true,
  },
  {
    name: 'webpack',
    tool: webpack,
    args: ({ mode, entry, minify }) =>
      `--config-name ${mode} --entry ./${entry} -o out ${minify ? '' : '--no-optimization-minimize'}`,
    copies: true,
  },
  {
    name: 'Vite',
    tool: vite,
    args: ({ mode, entry, minify }) => `build --mode ${mode} --ssr ${entry} --outDir out ${minify ? '--minify' : ''}`,
    copies: false,
  },
  {
    name: 'Rollup',
    tool: rollup,
    args: ({ mode, entry, minify }) =>
      `-c --configMode ${mode} --configEntry ${entry} ${minify ? '--configMinify' : ''}`,
    copies: false,
  },
  {
    name: 'ncc',
    tool: ncc,
    args: ({ mode, entry, minify }) =>
      `build ${entry} -o out ${mode === 'external' ? '-e rivers-storage' : ''} ${minify ? '-m' : ''}`,
    copies: true,
  },
]

const builds: Build[] = (['external', 'copied'] as const).flatMap(mode =>
  ['main.cjs', 'main.mjs'].flatMap(entry => [false, true].map(minify => ({ mode, entry, minify }))),
)

/** As a user without a bundler's help copies it. */
async function copyAddon(project: Place, to: string): Promise<void> {
  const print = `process.stdout.write(require('rivers-storage/linux-x64-gnu'))`
  const file = await succeeds([...node.command, '-e', print], project)
  copyFileSync(file, join(to, basename(file)))
}

async function bundle({ tool, args, env, copies }: Bundler, build: Build, place: Place): Promise<void> {
  const project = await installedProject(place)
  const out = join(project.dir, 'out')
  rmSync(out, { recursive: true, force: true })
  const options = args?.(build).split(' ').filter(Boolean) ?? []
  await succeeds([...tool.command, ...options], { ...project, env: { ...project.env, ...env?.(build) } })
  const files = readdirSync(out)
  const bundled = files.find(name => /\.[cm]?js$/.test(name))!
  assert.equal(
    files.some(name => name.endsWith('.node')),
    copies && build.mode === 'copied',
    files.join(),
  )
  if (build.mode === 'external') return passes(nodes[0]!.command, join('out', bundled), project)

  const bare = join(place.dir, '..', 'bare')
  rmSync(bare, { recursive: true, force: true })
  cpSync(out, bare, { recursive: true })
  if (!copies) await copyAddon(project, bare)
  await passes(nodes[0]!.command, bundled, { ...project, dir: bare })
}

const row = (bundler: Bundler): Row => ({
  name: bundler.name,
  async run(place) {
    for (const build of builds) await bundle(bundler, build, place)
    return [bundler.tool.version, 'ran', 'ran', bundler.copies ? 'the bundler' : 'the user']
  },
})

export const bundlersTable: Table = {
  title: 'Bundlers',
  text: `Each made bundles of a CommonJS program and of one of ES modules, minified and not; webpack's are CommonJS and Vite's ES modules,
those of the others are of the program's kind. With the package external, they ran where it is installed; with the addon copied, in a
folder that has nothing else. They ran on Node ${nodes[0]!.version}. The options are in \`__test__/matrix/bundlers\`; ncc has none but
\`-e rivers-storage\`, for external.`,
  columns: ['Bundler', 'Version', 'Package external', 'Addon copied', 'Copied by'],
  rows: bundlers.map(row),
}
