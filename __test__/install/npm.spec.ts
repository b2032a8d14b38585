import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { BuildOptions } from 'esbuild'
import { readManifest } from '../../scripts/release/packages.js'
import { publish } from '../../scripts/release/publish.js'
import { root } from '../../scripts/setup/root.mjs'
import { inTempDir } from '../helpers/temp.js'
import { host, packAllPlatforms, types } from './packed.js'
import { lines, project, titles } from './project.js'
import { withRegistry } from './registry.js'
import { run } from './run.js'

// The packages from a registry on this machine: packed, published, installed into an empty folder, and run there.

const quiet = ['--no-audit', '--no-fund']

const modulesOf = (dir: string): string[] =>
  readdirSync(join(dir, 'node_modules'))
    .filter(name => !name.startsWith('.'))
    .toSorted()

const modulesWith = (platform: string): string[] =>
  ['@types', 'rivers-storage', `rivers-storage-${platform}`, 'undici-types'].toSorted()

/** A package with the name of Node's types and an older version. */
function olderTypes(dir: string): string {
  const folder = join(dir, 'older-types')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@types/node', version: '18.0.0' }))
  return folder
}

const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
const bundles: [string, BuildOptions][] = [
  ['bundle.cjs', { format: 'cjs', entryPoints: ['main.cjs'] }],
  ['bundle.mjs', { format: 'esm', entryPoints: ['main.mjs'], banner }],
]

test('npm installs the package and one addon, and programs run, also bundled by esbuild', t =>
  inTempDir(dir =>
    withRegistry(dir, async registry => {
      t.is(host.length, 1)
      const { env } = registry
      await publish([olderTypes(dir), ...types, ...packAllPlatforms(dir)], registry)
      const installed = project(join(dir, 'project'))
      // No package of ours needs a script.
      const installing = await run('npm', ['install', ...quiet, '--ignore-scripts', 'rivers-storage'], installed, env)
      t.is(installing.code, 0, installing.output)
      t.deepEqual(modulesOf(installed), modulesWith(host[0]!))

      for (const program of ['main.cjs', 'main.mjs']) {
        const { code, output } = await run(process.execPath, [program], installed, env)
        t.is(code, 0, output)
        t.deepEqual(lines(output), titles, program)
      }
      const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
      const compiled = await run(process.execPath, [compiler, '-p', '.'], installed, env)
      t.is(compiled.code, 0, compiled.output)
      const typed = await run(process.execPath, [join('out', 'typed.js')], installed, env)
      t.deepEqual([typed.code, typed.output.trim()], [0, 'true'])

      const { build } = require('esbuild') as typeof import('esbuild')
      for (const [outfile, options] of bundles) {
        for (const minify of [false, true]) {
          const outdir = join(dir, `bundled-${outfile}-${minify}`)
          await build({
            ...options,
            absWorkingDir: installed,
            outfile: join(outdir, outfile),
            minify,
            bundle: true,
            platform: 'node',
            loader: { '.node': 'copy' },
            logLevel: 'error',
          })
          const { code, output } = await run(process.execPath, [outfile], outdir, env)
          t.is(code, 0, output)
          t.deepEqual(lines(output), titles, `${outfile}, minified: ${minify}`)
        }
      }

      const elsewhere = project(join(dir, 'elsewhere'))
      const other = host[0] === 'darwin-arm64' ? 'linux-x64-musl' : 'darwin-arm64'
      const { os, cpu, libc = [] } = readManifest(root, `npm/${other}/package.json`) as Record<string, string[]>
      const as = [`--os=${os}`, `--cpu=${cpu}`, ...libc.map(name => `--libc=${name}`)]
      const there = await run('npm', ['install', ...quiet, ...as, 'rivers-storage'], elsewhere, env)
      t.is(there.code, 0, there.output)
      t.deepEqual(modulesOf(elsewhere), modulesWith(other))
      const clean = await run('npm', ['ci', ...quiet], elsewhere, env)
      t.is(clean.code, 0, clean.output)
      t.deepEqual(modulesOf(elsewhere), modulesWith(host[0]!), 'with the lock file of another platform')

      const older = project(join(dir, 'older'))
      const beside = await run('npm', ['install', ...quiet, '@types/node@18', 'rivers-storage'], older, env)
      t.is(beside.code, 0, beside.output)
      t.is(readManifest(older, 'node_modules/@types/node/package.json').version, '18.0.0')
    }),
  ))
