import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Ended {
  code: number
  /** All that it printed. */
  output: string
  stdout: string
}

/** Runs a command to its end. */
export async function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const options = { cwd, env, timeout: 120_000, maxBuffer: 1 << 26, shell: process.platform === 'win32' }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return { code: 0, output: stdout + stderr, stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as Error & { code?: unknown } & Record<string, string>
    return { code: typeof code === 'number' ? code : -1, output: `${stdout}${stderr}` || message, stdout }
  }
}
