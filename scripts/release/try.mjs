// Installs packed packages with npm into an empty folder, and runs programs there: `node try.mjs PACKAGES PROGRAMS [ABSENT]`.
// ABSENT is a file whose absence is what is tried. JavaScript without packages, since it also runs in containers that have only Node.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { said, squeezed } from './said.mjs'

const [packages = '', programs = '', absent] = process.argv.slice(2)

/** @type {(message: string) => never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}

/** @type {(command: string, args: string[], shell?: boolean) => string} */
function run(command, args, shell = false) {
  const { status, error, stdout } = spawnSync(command, args, {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    shell,
  })
  process.stdout.write(stdout ?? '')
  return status === 0 ? stdout : fail(error?.message ?? `${command} ${args.join(' ')} ended with ${status}.`)
}

if (absent && existsSync(absent)) fail(`${absent} is there, so nothing is tried without it.`)
const project = mkdtempSync(join(tmpdir(), 'rivers-storage-'))
process.on('exit', () => rmSync(project, { recursive: true, force: true }))
writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }')
cpSync(programs, project, { recursive: true })

const folders = readdirSync(packages).map(name => resolve(packages, name))
// Copies, as from a registry: npm would link folders, and the root would not find the platform beside it. Without peers, which are
// types alone, all that is needed is here.
const options = ['--offline', '--legacy-peer-deps', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund']
run('npm', ['install', ...options, '--loglevel=error', ...folders], process.platform === 'win32')
for (const program of readdirSync(programs).filter(name => name !== 'checks.cjs')) {
  const expected = said(readFileSync(join(programs, program), 'utf8'))
  const printed = run(process.execPath, [program])
  if (expected && squeezed(printed) !== squeezed(expected)) fail(`${program} should print: ${expected}`)
}
console.log(`ran on Node ${process.versions.node}, ${process.platform} ${process.arch}`)
