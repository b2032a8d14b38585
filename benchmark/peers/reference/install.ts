import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const requirements = join(__dirname, 'requirements.txt')

/** Outside the checkout, beside what else is made once and kept. */
const folder = join(homedir(), '.cache', 'rivers-storage', 'reference')
const python = join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']))
const stamp = join(folder, 'requirements.txt')

/** The Python that has the reference's wheel; installs it where it is not there yet. */
export function referencePython(): string {
  const wanted = readFileSync(requirements, 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  console.error('Installing the reference')
  run('python3', ['-m', 'venv', '--clear', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])
  writeFileSync(stamp, wanted)
  return python
}

function run(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
