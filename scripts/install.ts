// The packages as users get them, from a registry on this machine: suites with packages of their own. `npm run test:install`
// is npm, Node and esbuild; `npm run test:install -- all` is all package managers, runtimes and bundlers.
import { join } from 'node:path'
import { install, matrix, typescript } from './lib/workspace.js'
import { ensurePackages } from './setup/packages.mjs'
import { root } from './setup/root.mjs'
import { run } from './setup/run.mjs'

const [mode, ...words] = process.argv.slice(2)
ensurePackages(install)
if (mode === 'all') for (const folder of [matrix, join(matrix, 'next')]) ensurePackages(folder)
const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs')
const args = mode === 'all' ? typescript(join(root, matrix, 'main.ts'), ...words) : [ava, ...process.argv.slice(2)]
process.exit(run(process.execPath, args, { cwd: join(root, install) }) ? 0 : 1)
