import { spawn } from 'node:child_process'
import { root } from '../setup/root.mjs'

export interface Ended {
  /** Null when the command could not be started, or was killed. */
  code: number | null
  stdout: string
}

/** Runs a command and shows what it prints while keeping it. */
export function runAndKeep(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; shell: boolean },
): Promise<Ended> {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
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
