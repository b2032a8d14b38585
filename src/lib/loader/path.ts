import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileOf, packageOf, specifierOf, type Target } from './targets.js'

/**
 * The path of a platform's addon, for scripts that copy it. They cannot resolve it themselves where the package manager
 * isolates packages: only this package has those of the platforms as dependencies.
 */
export function addonPath(target: Target): string {
  const root = join(__dirname, '..', '..')
  const beside = join(root, fileOf(target))
  if (existsSync(beside)) return beside
  const { version } = require(join(root, 'package.json')) as { version: string }
  const name = packageOf(target)
  const found = versionOf(name)
  if (found === version) return require.resolve(specifierOf(target))
  if (found) throw new Error(`${name} is of version ${found}, not ${version}. Delete node_modules and install again.`)
  const [os, cpu, abi] = target.split('-')
  const libc = os === 'linux' ? ` --libc=${abi === 'gnu' ? 'glibc' : abi}` : ''
  throw new Error(
    `${name} ${version} is not installed. For an addon of another platform than this: ` +
      `npm install --os=${os} --cpu=${cpu}${libc}`,
  )
}

function versionOf(name: string): string | undefined {
  try {
    return (require(`${name}/package.json`) as { version: string }).version
  } catch {
    return undefined
  }
}
