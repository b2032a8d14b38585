import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cargoEnv } from '../lib/cargo-env.js'
import { root } from '../setup/root.mjs'
import { output, stop } from '../setup/run.mjs'
import { platforms } from './packages.js'

/** A crate that the published addon is linked from. */
export interface Crate {
  name: string
  version: string
  /** An SPDX expression. */
  licence: string
  authors: string[]
  repository: string | null
  folder: string
  /** SHA-256 of the archive that cargo downloads. */
  checksum: string | undefined
  /** The linked crates that this one uses, as `name@version`. */
  uses: string[]
  /** The platforms whose addon has it. */
  platforms: string[]
}

export interface Linked {
  crates: Crate[]
  /** The crates that ours use. */
  direct: string[]
}

interface Package {
  id: string
  name: string
  version: string
  license: string | null
  license_file: string | null
  authors: string[]
  repository: string | null
  source: string | null
  manifest_path: string
}

interface Metadata {
  packages: Package[]
  workspace_members: string[]
  resolve: { nodes: { id: string; deps: { pkg: string; dep_kinds: { kind: string | null }[] }[] }[] }
}

export const idOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Runs cargo without the network, so that its answer depends on Cargo.lock alone. */
const cargo = (...args: string[]): string =>
  output('cargo', [...args, '--locked', '--offline'], { env: cargoEnv() }) ??
  stop('cargo does not have the sources of all crates of all platforms: run `cargo fetch --locked` first.')

/** Procedural macros run in the compiler, so they are not linked. */
function namesLinked(triple: string): Set<string> {
  const features = ['--package', 'rivers-storage-node', '--features', 'surrealql']
  const edges = ['--edges', 'normal,no-proc-macro', '--target', triple]
  const tree = cargo('tree', ...features, ...edges, '--prefix', 'none', '--format', '{p}')
  return new Set(Array.from(tree.matchAll(/^(\S+) v(\S+)/gm), ([, name, version]) => `${name}@${version}`))
}

/** An SPDX expression. SurrealDB's crates name no licence but a file with its text. */
function licenceOf({ name, license, license_file, manifest_path }: Package): string {
  // The older form of an expression, which SPDX does not know.
  if (license) return license.replaceAll(/ ?\/ ?/g, ' OR ')
  const text = license_file && readFileSync(join(dirname(manifest_path), license_file), 'utf8')
  if (text && /^\s*Business Source License 1\.1\b/.test(text)) return 'BUSL-1.1'
  return stop(`The licence of the crate ${name} is not known.`)
}

const checksums = (): Map<string, string> =>
  new Map(
    Array.from(
      readFileSync(join(root, 'Cargo.lock'), 'utf8').matchAll(
        /^name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"$/gm,
      ),
      ([, name, version, sum]) => [`${name}@${version}`, sum!],
    ),
  )

/** All crates that the addon of any platform is linked from, but for ours. */
export function linkedCrates(): Linked {
  const metadata: Metadata = JSON.parse(cargo('metadata', '--format-version', '1'))
  const linked = Object.entries(platforms).map(([platform, triple]) => ({ platform, names: namesLinked(triple) }))
  const packages = new Map(metadata.packages.map(found => [found.id, found]))
  const ours = new Set(metadata.workspace_members)
  const sums = checksums()
  const platformsOf = (id: string): string[] =>
    linked.filter(({ names }) => names.has(id)).map(({ platform }) => platform)
  const uses = new Map(
    metadata.resolve.nodes.map(({ id, deps }) => [
      id,
      deps
        .filter(({ pkg, dep_kinds }) => !ours.has(pkg) && dep_kinds.some(({ kind }) => kind === null))
        .map(({ pkg }) => idOf(packages.get(pkg)!))
        .filter(used => platformsOf(used).length > 0)
        .toSorted(byName),
    ]),
  )
  const crates = metadata.packages
    .filter(found => !ours.has(found.id) && platformsOf(idOf(found)).length > 0)
    .map(found => ({
      name: found.name,
      version: found.version,
      licence: licenceOf(found),
      authors: found.authors,
      repository: found.repository,
      folder: dirname(found.manifest_path),
      checksum: sums.get(idOf(found)),
      uses: uses.get(found.id)!,
      platforms: platformsOf(idOf(found)),
    }))
    .toSorted((a, b) => byName(idOf(a), idOf(b)))
  const ofOurs = metadata.packages.filter(found => ours.has(found.id) && platformsOf(idOf(found)).length > 0)
  const direct = new Set(ofOurs.flatMap(({ id }) => uses.get(id)!))
  return { crates, direct: [...direct].toSorted(byName) }
}
