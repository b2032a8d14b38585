import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifests, readManifest, writeJson } from './packages.js'

/** A place that states the version, and what it states. */
export interface Stated {
  place: string
  version: string | undefined
}

/** `[workspace.package]`, whose version all crates take. */
const workspaceVersion = /^(\[workspace\.package\]\n(?:(?!\[).*\n)*?version = ")([^"]*)"/m

/** An entry of Cargo.lock without a `source`: a crate of this workspace. */
const ownCrate = /^(\[\[package\]\]\nname = "([^"]*)"\nversion = ")([^"]*)"\n(?!source = )/gm

const read = (root: string, file: string): string => readFileSync(join(root, file), 'utf8')

export function statedVersions(root: string): Stated[] {
  const lock = JSON.parse(read(root, 'package-lock.json'))
  return [
    ...manifests.map(file => ({ place: file, version: readManifest(root, file).version })),
    { place: 'package-lock.json', version: lock.version },
    { place: 'package-lock.json, packages', version: lock.packages[''].version },
    { place: 'Cargo.toml', version: workspaceVersion.exec(read(root, 'Cargo.toml'))?.[2] },
    ...Array.from(read(root, 'Cargo.lock').matchAll(ownCrate), ([, , name, version]) => ({
      place: `Cargo.lock, ${name}`,
      version,
    })),
  ]
}

/** The places that differ from package.json. */
export function versionsOutOfStep(root: string): Stated[] {
  const stated = statedVersions(root)
  return stated.filter(({ version }) => version !== stated[0]!.version)
}

/** The grammar of semver.org, without build metadata: npm ignores those, so two versions would be one. */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-z-][\da-z-]*)(\.(0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?$/i

/** Whether a version is newer than one that is no prerelease. */
export function isNewer(version: string, release: string): boolean {
  const [core] = version.split('-', 1)
  // In numeric order: 0.10.0 comes after 0.9.0.
  return core!.localeCompare(release, 'en', { numeric: true }) > 0
}

export function setVersion(root: string, version: string): void {
  if (!semver.test(version)) throw new Error(`'${version}' is no version such as 1.2.3 or 1.2.3-rc.1.`)
  for (const file of manifests) writeJson(root, file, { ...readManifest(root, file), version })
  const lock = JSON.parse(read(root, 'package-lock.json'))
  lock.version = version
  lock.packages[''].version = version
  writeJson(root, 'package-lock.json', lock)
  const replace = (file: string, pattern: RegExp) =>
    writeFileSync(
      join(root, file),
      read(root, file).replace(
        pattern,
        (whole, before: string) => `${before}${version}"${whole.endsWith('\n') ? '\n' : ''}`,
      ),
    )
  replace('Cargo.toml', workspaceVersion)
  replace('Cargo.lock', ownCrate)
}
