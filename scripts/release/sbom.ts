import { idOf, type Crate, type Linked } from './crates.js'
import { platforms } from './packages.js'
import { vendoredIn } from './vendored.js'

export const sbomFile = 'licenses/sbom.cdx.json'

/** The property that names the platforms of a component, unless all have it. Packing removes it. */
const PLATFORMS = 'rivers-storage:platforms'

const ROOT = 'rivers-storage'
const STD = 'rust-std'

interface Component {
  type: 'library'
  'bom-ref': string
  name: string
  version?: string
  hashes?: { alg: 'SHA-256'; content: string }[]
  licenses: { expression: string }[]
  purl?: string
  externalReferences?: { type: 'vcs'; url: string }[]
  properties?: { name: string; value: string }[]
}

interface PackageId {
  name: string
  version: string
}

export interface Sbom {
  bomFormat: 'CycloneDX'
  specVersion: '1.6'
  version: 1
  metadata: { component: Component }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const ours = 'MIT OR Apache-2.0'

const onlyOn = (on: string[]) =>
  on.length === Object.keys(platforms).length ? {} : { properties: [{ name: PLATFORMS, value: on.join(' ') }] }

const cargoPurl = ({ name, version }: Crate): string => `pkg:cargo/${name}@${encodeURIComponent(version)}`

const ofCrate = (crate: Crate): Component => ({
  type: 'library',
  'bom-ref': idOf(crate),
  name: crate.name,
  version: crate.version,
  ...(crate.checksum ? { hashes: [{ alg: 'SHA-256', content: crate.checksum }] } : {}),
  licenses: [{ expression: crate.licence }],
  purl: cargoPurl(crate),
  ...(crate.repository ? { externalReferences: [{ type: 'vcs', url: crate.repository }] } : {}),
  ...onlyOn(crate.platforms),
})

/** C and C++ code has no package manager: `pkg:generic` names it by its version. */
const ofVendored = (crate: Crate): Component[] =>
  vendoredIn(crate).map(({ name, version, licence }) => ({
    type: 'library',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    licenses: [{ expression: licence }],
    purl: `pkg:generic/${name}@${version}`,
    ...onlyOn(crate.platforms),
  }))

/** Without a version: that is the compiler's, so `sbomOfPlatform` takes it from the addon. */
const std: Component = { type: 'library', 'bom-ref': STD, name: STD, licenses: [{ expression: ours }] }

/** Without the version of our package, so that the file changes only with the crates. */
export function sbomOfAllPlatforms({ crates, direct }: Linked): Sbom {
  const component: Component = { type: 'library', 'bom-ref': ROOT, name: ROOT, licenses: [{ expression: ours }] }
  const vendored = new Map(crates.map(crate => [idOf(crate), ofVendored(crate)]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component },
    components: [std, ...crates.flatMap(crate => [ofCrate(crate), ...vendored.get(idOf(crate))!])],
    dependencies: [
      { ref: ROOT, dependsOn: [...direct, STD] },
      { ref: STD, dependsOn: [] },
      ...crates.map(crate => ({
        ref: idOf(crate),
        dependsOn: [...crate.uses, ...vendored.get(idOf(crate))!.map(part => part['bom-ref'])],
      })),
    ],
  }
}

const lines = (values: unknown[]): string => `[\n${values.map(value => JSON.stringify(value)).join(',\n')}\n]`

/** One component and one dependency a line, so that a difference shows the crates that changed. */
export function renderSbom({ components, dependencies, ...head }: Sbom): string {
  const fields = Object.entries(head).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
  return `{\n${[...fields, `"components": ${lines(components)}`, `"dependencies": ${lines(dependencies)}`].join(',\n')}\n}\n`
}

/** The SBOM in the package of a platform. `rust` is the commit of the compiler that built its addon. */
export function sbomOfPlatform(all: Sbom, platform: string, { name, version }: PackageId, rust?: string): Sbom {
  const has = ({ properties }: Component) =>
    properties?.every(({ value }) => value.split(' ').includes(platform)) ?? true
  const known = all.components.filter(has).map(component => ({ ...component, properties: undefined }))
  const ofRust = rust ? { version: rust, purl: `pkg:github/rust-lang/rust@${rust}` } : {}
  const components = known.map(component => (component['bom-ref'] === STD ? { ...component, ...ofRust } : component))
  const refs = new Set([ROOT, ...components.map(component => component['bom-ref'])])
  return {
    ...all,
    metadata: { component: { ...all.metadata.component, name, version, purl: `pkg:npm/${name}@${version}` } },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(used => refs.has(used)) })),
  }
}
