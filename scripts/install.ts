// The packages as users get them, from a registry on this machine: a suite with packages of its own. `npm run test:install`.
import { join } from 'node:path'
import { install } from './lib/workspace.js'
import { ensurePackages } from './setup/packages.mjs'
import { root } from './setup/root.mjs'
import { run } from './setup/run.mjs'

ensurePackages(install)
const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs')
process.exit(run(process.execPath, [ava, ...process.argv.slice(2)], { cwd: join(root, install) }) ? 0 : 1)
