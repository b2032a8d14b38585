import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { BuildOptions } from 'esbuild'
import { startNode } from '../helpers/child.js'
import { inTempDir } from '../helpers/temp.js'
import { titles } from './observed.js'

const installed = join('node_modules', 'rivers-storage')
const addons = readdirSync(installed).filter(name => name.endsWith('.node'))

/** The addon beside the bundle: put there by hand, or by the bundler. */
const WAYS: [string, BuildOptions, (dir: string) => void][] = [
  [
    'the addon external',
    { external: ['*.node'] },
    dir => addons.forEach(name => copyFileSync(join(installed, name), join(dir, name))),
  ],
  ['the addon copied', { loader: { '.node': 'copy' }, assetNames: '[name]' }, () => {}],
]
/** What is CommonJS in an ES module needs a `require`. */
const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
const FORMATS: [string, BuildOptions][] = [
  ['cjs', { format: 'cjs', entryPoints: ['main.cjs'] }],
  ['esm', { format: 'esm', entryPoints: ['main.mjs'], banner }],
]

for (const [format, options] of FORMATS) {
  for (const [way, more, copy] of WAYS) {
    test(`a minified bundle runs: ${format}, ${way}`, t =>
      inTempDir(async dir => {
        const { build } = require('esbuild') as typeof import('esbuild')
        const outfile = join(dir, format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs')
        await build({ ...options, ...more, bundle: true, minify: true, platform: 'node', outfile, logLevel: 'error' })
        copy(dir)
        const { code, said, stderr } = await startNode([outfile]).ended
        t.deepEqual([code, stderr, said], [0, '', titles])
      }))
  }
}
