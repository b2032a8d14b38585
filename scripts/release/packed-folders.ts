import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf } from './address.js'
import { readManifest, type Manifest } from './packages.js'

const packAgain = 'npm run release -- pack'

/**
 * The folders that `pack` made, in the order to publish them. Throws if they are no whole release, or if `root` has another
 * version or address by now.
 */
export function packedFolders(root: string, out: string): string[] {
  const manifests = readdirSync(out).map(name => readManifest(join(out, name), 'package.json'))
  const main = manifests.find(({ optionalDependencies }) => optionalDependencies)
  const released = Object.keys(main?.optionalDependencies ?? {})
  const others = manifests.filter(manifest => manifest !== main).map(({ name }) => name)
  if (!main || others.toSorted().join() !== released.toSorted().join())
    throw new Error(`${out} is not what one release consists of: ${packAgain}`)
  const checkout = statesOf(readManifest(root, 'package.json'))
  for (const manifest of manifests) {
    const other = statesOf(manifest).find(state => !checkout.includes(state))
    if (other)
      throw new Error(
        `${manifest.name} was packed with ${other}, the checkout has ${checkout.join(' and ')}: ${packAgain}`,
      )
  }
  return [...released, main.name].map(name => join(out, name))
}

/** What all manifests of a release agree on. */
const statesOf = (manifest: Manifest): string[] => [
  ...new Set([manifest.version, ...Object.values(manifest.optionalDependencies ?? {}), addressOf(manifest)]),
]
