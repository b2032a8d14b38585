import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { rustCommit } from './addon/facts.js'
import { addressOf } from './address.js'
import { addonFile } from './addon/name.js'
import { checkAddon } from './check.js'
import { noticesFile } from './notices.js'
import { platforms, readManifest, writeJson, type Manifest } from './packages.js'
import { withAbsoluteLinks } from './readme.js'
import { renderSbom, sbomFile, sbomOfPlatform, type Sbom } from './sbom.js'
import { versionsOutOfStep } from './version.js'

export interface Release {
  /** The checkout. */
  root: string
  /** A folder with the addon of each platform of the release. */
  addons: string
  platforms: string[]
  /** Where the folders to publish go. An earlier release there is removed. */
  out: string
  /** For tests: the files of addons are packed unchecked, unstripped ones and made-up ones too. */
  takesAnyFile?: boolean
}

const licences = ['LICENSE-MIT', 'LICENSE-APACHE', 'NOTICE', 'licenses/SurrealDB-BUSL-1.1.txt']

/** What only the repository needs. */
const onlyHere = ['scripts', 'devDependencies', 'overrides', 'napi', 'ava', 'prettier']

function copy(from: string, to: string, files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(from, file), join(to, file), { recursive: true })
  }
}

const nameOf = (manifest: Manifest, platform: string): string => `${manifest.name}-${platform}`

function packRoot({ root, out, platforms: released }: Release, manifest: Manifest): string {
  const folder = join(out, manifest.name)
  const { name, version } = manifest
  const files = manifest.files as string[]
  copy(root, folder, files)
  const published = Object.fromEntries(Object.entries(manifest).filter(([field]) => !onlyHere.includes(field)))
  // Exact: the loader refuses a platform package of another version.
  const optionalDependencies = Object.fromEntries(released.map(platform => [nameOf(manifest, platform), version]))
  writeJson(folder, 'package.json', { ...published, optionalDependencies })
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  writeFileSync(join(folder, 'README.md'), withAbsoluteLinks(readme, addressOf(manifest), `v${version}`))
  return join(out, name)
}

function packPlatform({ root, addons, out }: Release, manifest: Manifest, platform: string): string {
  const name = nameOf(manifest, platform)
  const folder = join(out, name)
  copy(root, folder, [...licences, noticesFile])
  copy(join(root, 'npm', platform), folder, ['README.md', 'package.json'])
  const addon = addonFile(platform)
  const rust = rustCommit(readFileSync(join(addons, addon)))
  const all: Sbom = JSON.parse(readFileSync(join(root, sbomFile), 'utf8'))
  writeFileSync(
    join(folder, sbomFile),
    renderSbom(sbomOfPlatform(all, platform, { name, version: manifest.version }, rust)),
  )
  // The copy shares its blocks with the original where the file system can: an unstripped addon has 110 MB.
  copyFileSync(join(addons, addon), join(folder, addon), constants.COPYFILE_FICLONE)
  return folder
}

/** Refuses files that `release check` refuses, such as those of another platform or of the profile of the tests. */
function refuseWrongFiles({ root, addons, platforms: released }: Release): void {
  const page = readFileSync(join(root, 'docs', 'install.md'), 'utf8')
  for (const platform of released) {
    const addon = addonFile(platform)
    const { faults } = checkAddon(readFileSync(join(addons, addon)), platform, page)
    if (faults.length > 0)
      throw new Error(
        `${addon}: ${faults.map(({ fault }) => fault).join('; ')}. npm run build:dist -- --target ${platforms[platform]} makes it.`,
      )
  }
}

function refuseIncomplete({ root, addons, platforms: released }: Release): void {
  const differing = versionsOutOfStep(root).map(({ place, version }) => `${place}: ${version}`)
  if (differing.length > 0) throw new Error(`The versions differ from package.json:\n${differing.join('\n')}`)
  const unknown = released.filter(platform => !(platform in platforms))
  if (unknown.length > 0) throw new Error(`No such platform: ${unknown.join(', ')}`)
  const missing = released.map(platform => join(addons, addonFile(platform))).filter(file => !existsSync(file))
  if (missing.length > 0)
    throw new Error(`These addons are not there: ${missing.map(file => basename(file)).join(', ')}. Name the platforms
of the release to leave the others out.`)
}

/** Nothing is removed but an earlier release: a folder named by mistake keeps its files. */
function emptied(out: string, name: string): void {
  const known = new Set([name, ...Object.keys(platforms).map(platform => `${name}-${platform}`)])
  const other = existsSync(out) && readdirSync(out).find(entry => !known.has(entry))
  if (other) throw new Error(`${out} has ${other}, which is no package: name another folder.`)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
}

/**
 * Makes the folders to publish, and returns them in the order to publish them: the platforms first, because the registry
 * has to have all packages that the root names once the root is published.
 */
export function pack(release: Release): string[] {
  refuseIncomplete(release)
  if (!release.takesAnyFile) refuseWrongFiles(release)
  const manifest = readManifest(release.root, 'package.json')
  emptied(release.out, manifest.name)
  const ofPlatforms = release.platforms.map(platform => packPlatform(release, manifest, platform))
  return [...ofPlatforms, packRoot(release, manifest)]
}
