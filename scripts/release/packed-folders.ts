import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from './packages.js'

/** The folders that `pack` made, in the order to publish them. */
export function packedFolders(out: string): string[] {
  const manifests = readdirSync(out).map(name => readManifest(join(out, name), 'package.json'))
  const root = manifests.find(({ optionalDependencies }) => optionalDependencies)
  const released = Object.keys(root?.optionalDependencies ?? {})
  const others = manifests.filter(manifest => manifest !== root).map(({ name }) => name)
  if (!root || others.toSorted().join() !== released.toSorted().join())
    throw new Error(`${out} is not what one release consists of: npm run release -- pack`)
  return [...released, root.name].map(name => join(out, name))
}
