// The crate of the domain: its files, imports and floors.
import { arrowsOf, floorsOf, type Arrow } from './floors.js'
import { readCrate, type Crate } from './modules.js'
import type { Parse } from './rust.js'
import type { Tree } from './tree.js'

export const DOMAIN = 'crates/storage/src'

export interface Domain extends Crate {
  floors: string[]
  arrows: Arrow[]
}

export function readDomain(parse: Parse, tree: Tree): Domain {
  const crate = readCrate(parse, file => tree.read(`${DOMAIN}/${file}`))
  return { ...crate, floors: floorsOf(parse, tree.text(`${DOMAIN}/lib.rs`)), arrows: arrowsOf(crate.imports) }
}
