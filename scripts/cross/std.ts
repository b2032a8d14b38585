// Rust's standard library for other targets, where rustup has none: cargo compiles it from the sources that Debian ships.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DebianPackages } from '../lib/debian.js'
import { targetDir } from '../lib/workspace.js'
import { output, run, stop } from '../setup/run.mjs'

/** Where Debian has sources of newer Rust than its stable release. */
const RELEASE = 'trixie-backports'

const sysroot = (): string => output('rustc', ['--print', 'sysroot'])?.trim() ?? stop('rustc does not name its folder.')

/** The version of rustc, such as 1.95.0, and its commit. */
function versionOfRust(): { release: string; commit: string } {
  const text = output('rustc', ['-vV']) ?? ''
  const field = (name: string): string =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? stop(`rustc names no ${name}.`)
  return { release: field('release'), commit: field('commit-hash') }
}

export const hasStd = (triple: string): boolean => existsSync(join(sysroot(), 'lib', 'rustlib', triple))

/** A copy of the toolchain with the sources in it, which cargo looks for there. Undefined if Debian has none of its version. */
export function toolchainWithSources(): string | undefined {
  const { release } = versionOfRust()
  const toolchain = join(targetDir, `rust-${release}`)
  if (existsSync(toolchain)) return toolchain
  const making = `${toolchain}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  const packages = DebianPackages.of([RELEASE], 'amd64', join(making, 'apt'))
  const version = packages?.versions('rust-src').find(version => version.startsWith(`${release}+`))
  if (!packages || !version) return undefined
  const sources = join(making, 'sources')
  packages.unpack(`rust-src=${version}`, sources)
  const copy = join(making, 'toolchain')
  // Hard links, where the target folder is on the file system of the toolchain.
  if (!run('cp', ['-al', sysroot(), copy]) && !run('cp', ['-a', sysroot(), copy]))
    stop('The toolchain cannot be copied.')
  mkdirSync(join(copy, 'lib', 'rustlib', 'src'), { recursive: true })
  renameSync(join(sources, 'usr', 'src', `rustc-${release}`), join(copy, 'lib', 'rustlib', 'src', 'rust'))
  renameSync(copy, toolchain)
  rmSync(making, { recursive: true })
  return toolchain
}

/** Makes panics name the sources by rustc's commit, as those of rustup's libraries do, in place of a folder of this machine. */
export function sourcesByCommit(toolchain: string): string {
  return `--remap-path-prefix=${join(toolchain, 'lib', 'rustlib', 'src', 'rust')}=/rustc/${versionOfRust().commit}`
}
