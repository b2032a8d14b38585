export type Libc = 'glibc' | 'musl'

/** Whether the dynamic loader of each libc is where its ABI puts it. */
export type DynamicLoaders = Record<Libc, boolean>

/** The parts of Node's process report that tell the libc. Other runtimes leave some of them out. */
export interface ProcessReport {
  header?: { glibcVersionRuntime?: string }
  sharedObjects?: string[]
}

/** Paths of the dynamic loaders. */
export const loaderPaths = (arch: string): Record<Libc, string> =>
  arch === 'arm64'
    ? { glibc: '/lib/ld-linux-aarch64.so.1', musl: '/lib/ld-musl-aarch64.so.1' }
    : { glibc: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1' }

/**
 * Both libcs, the one of this process first. A system may have both loaders: Debian with its package `musl`, Alpine with
 * `gcompat`. Only then, or without either, the report is asked, because making it takes milliseconds.
 */
export function libcOrder(loaders: DynamicLoaders, report: () => ProcessReport): [Libc, Libc] {
  const isMusl = loaders.musl === loaders.glibc ? (isMuslIn(report()) ?? loaders.musl) : loaders.musl
  return isMusl ? ['musl', 'glibc'] : ['glibc', 'musl']
}

function isMuslIn({ header, sharedObjects = [] }: ProcessReport): boolean | undefined {
  if (sharedObjects.some(path => /\b(ld-musl-|libc\.musl-)/.test(path))) return true
  if (sharedObjects.some(path => /\b(ld-linux-|libc\.so\.6)/.test(path))) return false
  return header?.glibcVersionRuntime ? false : undefined
}

/** As people write it: `glibc 2.36`. */
export const libcName = (libc: Libc, { header }: ProcessReport): string =>
  [libc, libc === 'glibc' ? header?.glibcVersionRuntime : undefined].filter(Boolean).join(' ')
