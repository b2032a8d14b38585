import { spawn, spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

/** Runs a command in the foreground; gives whether it succeeded. */
export const run = (command, args, options) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0

/** What a command prints, or null when it fails or is not there. */
export function output(command, args, options) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  return status === 0 ? stdout : null
}

/** Runs a command and shows what it prints while keeping it; `code` is null when it could not be started. */
export function runAndKeep(command, args, options) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      process.stdout.write(text)
    })
    child.stderr.pipe(process.stderr, { end: false })
    child.on('error', error => {
      console.error(`${command}: ${error.message}`)
      resolve({ code: null, stdout })
    })
    child.on('close', code => resolve({ code, stdout }))
  })
}

/** Ends the script, saying what the person has to do. */
export function stop(message) {
  console.error(`\n${message}`)
  process.exit(1)
}
