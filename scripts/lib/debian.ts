// Packages of other Debian releases, unpacked into folders; nothing is installed, and apt's own configuration stays as it is.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output, run, stop } from '../setup/run.mjs'

/** Debian's main archive, as apt is told to reach it here. Undefined where there is no apt, or no Debian. */
export function archive(): string | undefined {
  const sources = output('apt-get', ['indextargets', '--format', '$(LABEL) $(REPO_URI)'])
  return sources?.match(/^Debian (\S+)$/m)?.[1]
}

/** An option that replaces a value of apt's configuration. */
const set = (name: string, value: string): string[] => ['-o', `${name}=${value}`]

/** The packages of some releases, such as `trixie-backports`, in a folder for apt's lists. Undefined if they cannot be had. */
export class DebianPackages {
  private readonly options: string[]

  private constructor(
    private readonly folder: string,
    architecture: string,
  ) {
    this.options = [
      ...set('Dir::Etc::sourcelist', join(folder, 'debian.sources')),
      ...set('Dir::Etc::sourceparts', '-'),
      ...set('Dir::State', folder),
      ...set('Dir::State::status', join(folder, 'status')),
      ...set('Dir::Cache', folder),
      ...set('APT::Architecture', architecture),
      ...set('APT::Architectures', architecture),
      // apt's own user may not write into the folder.
      ...set('APT::Sandbox::User', 'root'),
    ]
  }

  static of(releases: string[], architecture: string, folder: string): DebianPackages | undefined {
    const uri = archive()
    if (!uri) return undefined
    for (const name of ['lists/partial', 'archives/partial', 'packages'])
      mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, 'status'), '')
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
    const source = [
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${releases.join(' ')}`,
      'Components: main',
      `Signed-By: ${keys}`,
    ]
    writeFileSync(join(folder, 'debian.sources'), `${source.join('\n')}\n`)
    const packages = new DebianPackages(folder, architecture)
    return run('apt-get', ['-qq', ...packages.options, 'update']) ? packages : undefined
  }

  /** The newest first. */
  versions(name: string): string[] {
    const lines = output('apt-cache', [...this.options, 'madison', name]) ?? ''
    return Array.from(lines.matchAll(/^ *\S+ \| (\S+) \|/gm), ([, version]) => version!)
  }

  /** Unpacks a package, such as `rust-src=1.95.0`, into a folder. */
  unpack(wanted: string, into: string): void {
    const folder = join(this.folder, 'packages')
    const before = new Set(readdirSync(folder))
    if (!run('apt-get', ['-qq', ...this.options, 'download', wanted], { cwd: folder }))
      stop(`${wanted} cannot be downloaded.`)
    const file = readdirSync(folder).find(name => name.endsWith('.deb') && !before.has(name))
    if (!file || !run('dpkg-deb', ['-x', join(folder, file), into])) stop(`${wanted} cannot be unpacked.`)
  }
}
