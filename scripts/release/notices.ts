import { createHash } from 'node:crypto'
import { idOf, type Crate } from './crates.js'
import { licenceTexts } from './licence-texts.js'

export const noticesFile = 'licenses/THIRD-PARTY.txt'

const line = '-'.repeat(80)

const head = `Licences of the crates that the addon (*.node) is linked from, on all platforms,
and of the C and C++ code in them. Generated: npm run release -- notices

The addon also contains parts of the Rust standard library, (c) The Rust Project
Contributors, under MIT or the Apache License, Version 2.0, and its own parts as
https://www.rust-lang.org/policies/licenses describes them. RocksDB is used
under the Apache License, Version 2.0. Where a crate leaves a choice that
includes MIT, it is used under MIT.
`

/** Texts that differ in spaces and line breaks alone are one. */
const keyOf = (text: string): string => createHash('sha256').update(text.replaceAll(/\s+/g, ' ')).digest('hex')

export function notices(crates: Crate[]): string {
  const groups = new Map<string, { text: string; of: string[] }>()
  for (const crate of crates) {
    for (const text of licenceTexts(crate)) {
      const group = groups.get(keyOf(text)) ?? { text, of: [] }
      groups.set(keyOf(text), group)
      if (!group.of.includes(idOf(crate))) group.of.push(idOf(crate))
    }
  }
  const list = crates.map(crate => `${idOf(crate)}  ${crate.licence}${crate.repository ? `  ${crate.repository}` : ''}`)
  const texts = [...groups.values()].map(({ text, of }) => `${line}\n${of.join('\n')}\n\n${text}\n`)
  return `${head}\n${line}\n${list.join('\n')}\n\n${texts.join('\n')}`
}
