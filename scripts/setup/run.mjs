// JavaScript, since setup.mjs imports it before any package is installed.
import { spawnSync } from 'node:child_process'
import { root } from './root.mjs'

/**
 * Runs a command in the foreground; gives whether it succeeded.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 */
export const run = (command, args, options) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0

/**
 * What a command prints, or null when it fails or is not there.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 */
export function output(command, args, options) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  return status === 0 ? stdout : null
}

/**
 * Ends the script, saying what the person has to do.
 * @param {string} message
 * @returns {never}
 */
export function stop(message) {
  console.error(`\n${message}`)
  process.exit(1)
}
