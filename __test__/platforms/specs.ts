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

/** Why a spec does not run on any other system. Programs in its strings count as imports, since it starts them. */
function reason(imports: string[]): string | undefined {
  if (imports.includes('scripts/lib/server.ts')) return 'need a server'
  const isOfScripts = imports.some(name => /^(scripts|benchmark)\/.*\.ts$/.test(name))
  return isOfScripts || !imports.includes('rivers-storage') ? 'test the repository' : undefined
}

const startsProcesses = (imports: string[]): boolean => imports.includes('node:child_process')

/** Those that `npm test` and `npm run remote` run. Folders with packages of their own have other tools. */
function allSpecs(folder = '__test__'): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  if (entries.some(({ name }) => name === 'package.json')) return []
  return entries.flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return allSpecs(path)
    return path.endsWith('.spec.ts') ? [path] : []
  })
}

/** The specs of the package. On an emulator, without those that start processes. */
export function chooseSpecs({ isEmulated = false }: { isEmulated?: boolean }): Chosen {
  const chosen: Chosen = { specs: [], others: {} }
  for (const spec of allSpecs()) {
    const imports = [...importsOf(spec)]
    const why = reason(imports) ?? (isEmulated && startsProcesses(imports) ? 'start processes' : undefined)
    if (why === undefined) chosen.specs.push(spec)
    else (chosen.others[why] ??= []).push(spec.replace(/^__test__\/|\.spec\.ts$/g, ''))
  }
  return chosen
}
