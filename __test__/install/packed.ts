import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addonOf, pack } from '../../scripts/release/pack.js'
import { platforms } from '../../scripts/release/packages.js'
import { root } from '../../scripts/setup/root.mjs'

const here = readdirSync(root).filter(name => name.endsWith('.node'))
/** The platforms whose addon is in the checkout: that of this machine. */
export const host = Object.keys(platforms).filter(platform => here.includes(addonOf(platform)))

/** What the types need, published beside the package: so nothing is asked of another registry. */
export const types = ['undici-types', '@types/node'].map(name => join(root, 'node_modules', name))

/** The nine folders. Addons of other platforms are a few bytes: nothing may install them here. */
export function packed(dir: string): string[] {
  const addons = join(dir, 'addons')
  mkdirSync(addons)
  for (const platform of Object.keys(platforms)) {
    const file = addonOf(platform)
    if (here.includes(file)) copyFileSync(join(root, file), join(addons, file))
    else writeFileSync(join(addons, file), platform)
  }
  const out = join(dir, 'packages')
  return pack({ root, addons, platforms: Object.keys(platforms), out, takesUnstripped: true })
}
