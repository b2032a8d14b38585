import type { Libc } from './libc.js'

/** The platforms that have a package with an addon, by the ends of the names of these packages. */
export const TARGETS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
] as const

export type Target = (typeof TARGETS)[number]

const ABIS: Record<Libc, string> = { glibc: 'gnu', musl: 'musl' }

const isTarget = (name: string): name is Target => TARGETS.some(target => target === name)

/** The targets to try, the most likely first. None if the platform is not supported. */
export function targetsOf(platform: string, arch: string, libcs: readonly Libc[]): Target[] {
  const name = `${platform}-${arch}`
  const names = platform === 'linux' ? libcs.map(libc => `${name}-${ABIS[libc]}`) : [name, `${name}-msvc`]
  return names.filter(isTarget)
}

export const packageOf = (target: Target): string => `rivers-storage-${target}`

export const fileOf = (target: Target): string => `rivers-storage.${target}.node`

/**
 * What `require` takes for the addon in its package. It names the file, so that bundlers which are told to leave out
 * `*.node` leave it out.
 */
export const specifierOf = (target: Target): string => `${packageOf(target)}/${fileOf(target)}`
