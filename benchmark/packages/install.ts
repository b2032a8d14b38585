import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const lock = join(__dirname, 'package-lock.json')
/** A copy of what was installed last. */
const stamp = join(__dirname, 'node_modules', 'installed.json')

const isCurrent = (): boolean => existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lock))

/** Installs the packages that only benchmarks use. What cannot be installed is missed when it is loaded, one by one. */
export function installPackages(): void {
  if (isCurrent()) return
  console.error('Installing what the benchmarks compare with: minutes, where something has to be compiled')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: __dirname, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) copyFileSync(lock, stamp)
}
