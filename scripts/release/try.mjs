// Installs packed packages with npm into an empty folder, and runs a program that uses most of the API: `node try.mjs PACKAGES`.
// JavaScript without packages, since it also runs in containers that have only Node.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = resolve(process.argv[2] ?? 'target/packages')
const folders = readdirSync(packages).map(name => join(packages, name))
const programs = fileURLToPath(new URL('../../__test__/runners', import.meta.url))

const project = mkdtempSync(join(tmpdir(), 'rivers-storage-'))
writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }')
for (const name of ['main.cjs', 'main.mjs', 'checks.cjs']) copyFileSync(join(programs, name), join(project, name))

/** @type {(command: string, args: string[], shell?: boolean) => void} */
function run(command, args, shell = false) {
  const { status, error } = spawnSync(command, args, { cwd: project, stdio: 'inherit', shell })
  if (status === 0) return
  console.error(error ?? `${command} ${args.join(' ')} ended with ${status}`)
  process.exit(1)
}

// Copies, as from a registry: npm would link folders, and the root would not find the platform beside it. The peer has types alone.
const options = ['--install-links', '--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund', '--loglevel=error']
run('npm', ['install', ...options, ...folders], process.platform === 'win32')
for (const program of ['main.cjs', 'main.mjs']) run(process.execPath, [program])
console.log(`ran on Node ${process.versions.node}, ${process.platform} ${process.arch}`)
