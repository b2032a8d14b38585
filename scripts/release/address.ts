import { manifests, readManifest, writeJson, type Manifest } from './packages.js'

/** Stands in until the repository has an address. */
export const placeholder = 'https://github.com/OWNER/rivers-storage'

/** The fields of a manifest that follow from the repository's address. */
export const addressFields = (address: string): Pick<Manifest, 'repository' | 'homepage' | 'bugs'> => ({
  repository: { type: 'git', url: `git+${address}.git` },
  homepage: `${address}#readme`,
  bugs: { url: `${address}/issues` },
})

/** The address that package.json has. */
export function addressOf({ repository }: Manifest): string {
  const address = /^git\+(https:.*)\.git$/.exec(repository?.url ?? '')?.[1]
  if (!address) throw new Error('package.json has no address of the repository: npm run release -- address https://…')
  return address
}

/** The fields before those of the address. */
const first = ['name', 'version', 'description', 'keywords', 'license']

/** Sets the address in all manifests. npm refuses provenance for a package without it. */
export function setAddress(root: string, address: string): void {
  if (!/^https:\/\/[\w.-]+(\/[\w.-]+)+$/.test(address) || address.endsWith('.git'))
    throw new Error(`'${address}' is no address such as https://example.com/owner/name, without '.git'.`)
  const fields = addressFields(address)
  for (const file of manifests) {
    const manifest = readManifest(root, file)
    const head = Object.fromEntries(first.map(field => [field, manifest[field]]))
    // Spreading keeps a field's first position and its last value: the address moves to the head.
    writeJson(root, file, { ...head, ...fields, ...manifest, ...fields })
  }
}
