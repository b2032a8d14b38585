// JavaScript, since setup.mjs imports it before any package is installed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'
import { run, stop } from './run.mjs'

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
const packagesIn = file => JSON.parse(readFileSync(join(root, file), 'utf8')).packages

/**
 * npm keeps a copy of the lock file in node_modules, less the root and what is for other platforms.
 * @param {string} folder
 */
function isCurrent(folder) {
  const installedFile = `${folder}/node_modules/.package-lock.json`
  if (!existsSync(join(root, installedFile))) return false
  const installed = packagesIn(installedFile)
  const wanted = Object.entries(packagesIn(`${folder}/package-lock.json`)).filter(([path]) => path !== '')
  const known = new Set(wanted.map(([path]) => path))
  return (
    Object.keys(installed).every(path => known.has(path)) &&
    wanted.every(([path, { version, optional }]) => (installed[path] ? installed[path].version === version : optional))
  )
}

/** `folder` is one that has a package.json. */
export function ensurePackages(folder = '.') {
  if (isCurrent(folder)) return
  console.log('Installing the npm packages')
  // Warnings are about tools that serve other commands of the packages, and would only worry a newcomer.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: join(root, folder), shell: process.platform === 'win32' }
  if (!run('npm', args, options)) stop(`'npm ci' failed: see above.`)
}
