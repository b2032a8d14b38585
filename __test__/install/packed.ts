import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addonFile } from '../../scripts/release/addon/name.js'
import { pack } from '../../scripts/release/pack.js'
import { platforms } from '../../scripts/release/packages.js'
import { root } from '../../scripts/setup/root.mjs'

const here = readdirSync(root).filter(name => name.endsWith('.node'))
/** The platforms whose addon is in the checkout, which is only that of this machine. */
export const host = Object.keys(platforms).filter(platform => here.includes(addonFile(platform)))

/** What the types need. They are published beside the package, so that no other registry is needed. */
export const types = ['undici-types', '@types/node'].map(name => join(root, 'node_modules', name))

/** Packs the nine packages. The addons of other platforms are a few bytes, because nothing may install them here. */
export function packAllPlatforms(dir: string): string[] {
  const addons = join(dir, 'addons')
  mkdirSync(addons)
  for (const platform of Object.keys(platforms)) {
    const file = addonFile(platform)
    if (here.includes(file)) copyFileSync(join(root, file), join(addons, file))
    else writeFileSync(join(addons, file), platform)
  }
  const out = join(dir, 'packages')
  return pack({ root, addons, platforms: Object.keys(platforms), out, takesAnyFile: true })
}
