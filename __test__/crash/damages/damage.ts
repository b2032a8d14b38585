import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shuffled } from '../context.js'
import type { Random } from '../../helpers/random.js'

/** What was done to the folder of a store. */
export interface Damage {
  what: 'flip' | 'cut' | 'remove' | 'swap'
  kind: string
  /** The file; both, when their contents were exchanged. */
  files: readonly string[]
  details: string
}

/** Every kind of file that a store has, by the name of a file. */
export function kindOf(name: string): string {
  if (/\.(log|sst|blob)$/.test(name)) return `*${name.slice(name.lastIndexOf('.'))}`
  return name.replace(/^(MANIFEST|OPTIONS)-\d+$/, '$1').replace(/^LOG\.old\.\d+$/, 'LOG')
}

/** Damages one file: every kind of file is equally likely. */
export function damage(random: Random, folder: string, names: readonly string[]): Damage {
  const kind = random.of([...new Set(names.map(kindOf))].toSorted())
  const file = random.of(names.filter(name => kindOf(name) === kind).toSorted())
  const path = join(folder, file)
  const content = readFileSync(path)
  for (const what of shuffled(random, ['flip', 'cut', 'remove', 'swap'] as const)) {
    if (what === 'remove') {
      rmSync(path)
      return { what, kind, files: [file], details: `${file} removed` }
    }
    if (what === 'swap') {
      const others = names.filter(name => name !== file && !readFileSync(join(folder, name)).equals(content))
      const same = others.filter(name => kindOf(name) === kind)
      // With its own kind, since that looks right at first sight.
      const from = same.length > 0 && random.below(4) > 0 ? same : others
      if (from.length === 0) continue
      const other = random.of(from.toSorted())
      writeFileSync(path, readFileSync(join(folder, other)))
      writeFileSync(join(folder, other), content)
      return { what, kind, files: [file, other], details: `${file} and ${other} exchanged` }
    }
    if (content.length === 0) continue
    if (what === 'cut') {
      const size = random.below(4) === 0 ? 0 : random.below(content.length)
      truncateSync(path, size)
      return { what, kind, files: [file], details: `${file} cut from ${content.length} to ${size}` }
    }
    const at = random.below(content.length)
    const bit = random.below(8)
    content[at]! ^= 1 << bit
    writeFileSync(path, content)
    return { what, kind, files: [file], details: `bit ${bit} of byte ${at} of ${file} (${content.length}) flipped` }
  }
  throw new Error(`${file} cannot be damaged`)
}
