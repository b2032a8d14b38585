// The package as bundlers and test runners meet it: a suite with packages of its own, into which it installs this one.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageFiles, runners } from './lib/workspace.js'
import { ensurePackages } from './setup/packages.mjs'
import { root } from './setup/root.mjs'
import { run } from './setup/run.mjs'

ensurePackages(runners)
const installed = join(root, runners, 'node_modules', 'rivers-storage')
rmSync(installed, { recursive: true, force: true })
mkdirSync(installed)
const addons = readdirSync(root).filter(name => name.endsWith('.node'))
for (const name of [...packageFiles, ...addons]) cpSync(join(root, name), join(installed, name), { recursive: true })

const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs')
process.exit(run(process.execPath, [ava, ...process.argv.slice(2)], { cwd: join(root, runners) }) ? 0 : 1)
