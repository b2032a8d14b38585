import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../../scripts/setup/root.mjs'

/** All that a file imports, over the tests' own files. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const source = readFileSync(join(root, file), 'utf8')
  for (const [, name] of source.matchAll(/(?:from |require\(|import\()'([^']+)'/g)) {
    if (!name!.startsWith('.')) seen.add(name!)
    else {
      const imported = relative(root, join(root, dirname(file), name!)).replace(/\.js$/, '.ts')
      if (imported.startsWith('__test__')) importsOf(imported, seen)
      else seen.add(imported)
    }
  }
  return seen
}

export interface Chosen {
  specs: string[]
  /** The names of the others, by why they do not run. */
  others: Record<string, string[]>
}

const isOfRepository = (imports: string[]): boolean =>
  !imports.includes('rivers-storage') || imports.some(name => /^(scripts|benchmark|examples)\//.test(name))

/** The specs of the package, without those of the repository and its scripts. On an emulator, without those that start processes. */
export function chooseSpecs({ isEmulated = false }: { isEmulated?: boolean }): Chosen {
  const chosen: Chosen = { specs: [], others: {} }
  const files = readdirSync(join(root, '__test__')).filter(name => name.endsWith('.spec.ts'))
  for (const file of files) {
    const imports = [...importsOf(`__test__/${file}`)]
    const why = isOfRepository(imports)
      ? 'test the repository'
      : isEmulated && imports.includes('node:child_process')
        ? 'start processes'
        : undefined
    if (why === undefined) chosen.specs.push(`__test__/${file}`)
    else (chosen.others[why] ??= []).push(file.replace('.spec.ts', ''))
  }
  return chosen
}
