import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/root.mjs'
import { run } from '../setup/run.mjs'
import { targetDir } from './workspace.js'

/**
 * Installs programs of PyPI beside what is compiled, in the versions of a file of requirements; gives the folder of their commands.
 * Undefined if they cannot be installed, after pip has said why.
 */
export function pythonTools(name: string, requirements: string): string | undefined {
  const file = join(root, requirements)
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  const folder = join(targetDir, `${name}-${hash}`)
  const commands = join(folder, 'bin')
  const done = join(folder, 'installed')
  if (existsSync(done)) return commands
  console.log(`Installing ${name}`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
  if (!run('python3', ['-m', 'venv', '--clear', folder])) return undefined
  if (!run(join(commands, 'python3'), [...pip, '-r', file])) return undefined
  writeFileSync(done, '')
  return commands
}
