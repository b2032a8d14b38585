import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { addonOf, fileOf, packageOf, type Target } from './targets.js'

/**
 * The path of a platform's addon, for those who copy it. Package managers that isolate packages let nobody but this package
 * resolve those of the platforms.
 */
export function addonPath(target: Target): string {
  const root = join(__dirname, '..', '..')
  const beside = join(root, fileOf(target))
  if (existsSync(beside)) return beside
  const { version } = require(join(root, 'package.json')) as { version: string }
  const name = packageOf(target)
  const found = versionOf(name)
  if (found === version) return require.resolve(addonOf(target))
  const [os, cpu, abi] = target.split('-')
  const libc = os === 'linux' ? ` --libc=${abi === 'gnu' ? 'glibc' : abi}` : ''
  throw new Error(
    `${name} ${version} is ${found ? `of version ${found}` : 'not installed'}. For an addon of another platform than this: ` +
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
