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

const ENDINGS: Record<Libc, string> = { glibc: '-gnu', musl: '-musl' }

/** The targets to try, the most likely first. None if the platform is not supported. */
export function targetsOf(platform: string, arch: string, libcs: readonly Libc[]): Target[] {
  const endings = platform === 'linux' ? libcs.map(libc => ENDINGS[libc]) : ['', '-msvc']
  return endings.flatMap(ending => TARGETS.filter(target => target === `${platform}-${arch}${ending}`))
}

export const packageOf = (target: Target): string => `rivers-storage-${target}`

export const fileOf = (target: Target): string => `rivers-storage.${target}.node`

/** The addon in its package. Named as a file, it is left out by a bundler that is told to leave out `*.node`. */
export const addonOf = (target: Target): string => `${packageOf(target)}/${fileOf(target)}`
