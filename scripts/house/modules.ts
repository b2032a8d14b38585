// A crate's modules, and which of its files import which.
import { posix } from 'node:path'
import { inlinePaths, usesOf, type Path, type Use } from './paths.js'
import { annotations, children, descendants, type Node, type Parse } from './rust.js'

interface Module {
  file: string
  parent: Module | null
  children: Map<string, Module>
  uses: Use[]
  /** Paths outside of `use`. */
  paths: Path[]
  /** Macros that are exported: paths name them in the root, wherever they are defined. */
  macros: string[]
}

/** `from` names by `path` what `to` defines, or re-exports. */
export interface Import {
  from: string
  to: string
  path: string
  isReexport: boolean
}

/** `read` gives the text of a file by its path below the folder of lib.rs; undefined if there is none. */
export type Read = (file: string) => string | undefined

export interface Crate {
  files: string[]
  imports: Import[]
}

export function readCrate(parse: Parse, read: Read): Crate {
  const modules: Module[] = []

  function load(file: string, folder: string, parent: Module | null): Module {
    const source = read(file)
    if (source === undefined) throw new Error(`${file} is missing`)
    return fill(file, parse(source), folder, parent)
  }

  function fill(file: string, body: Node, folder: string, parent: Module | null): Module {
    const own = children(body).filter(node => node.type !== 'mod_item')
    const declarations = own.flatMap(node => [...descendants(node)]).filter(node => node.type === 'use_declaration')
    const module: Module = {
      file,
      parent,
      children: new Map(),
      uses: declarations.flatMap(usesOf),
      paths: own.flatMap(node => [...inlinePaths(node)]),
      macros: own.filter(isExportedMacro).map(node => node.childForFieldName('name')!.text),
    }
    modules.push(module)
    for (const child of children(body).filter(node => node.type === 'mod_item')) {
      const name = child.childForFieldName('name')!.text
      const below = posix.join(folder, name)
      const inline = child.childForFieldName('body')
      module.children.set(
        name,
        inline ? fill(file, inline, below, module) : load(fileOf(child, below, read), below, module),
      )
    }
    return module
  }

  load('lib.rs', '', null)
  const exported = new Map(modules.flatMap(({ file, macros }) => macros.map(name => [name, file])))
  const imports = new Map(
    modules.flatMap(module => importsOf(module, exported)).map(found => [Object.values(found).join(' '), found]),
  )
  return { files: [...new Set(modules.map(({ file }) => file))].toSorted(), imports: [...imports.values()] }
}

const isExportedMacro = (node: Node): boolean =>
  node.type === 'macro_definition' && annotations(node).some(({ text }) => text.startsWith('#[macro_export'))

function fileOf(declaration: Node, below: string, read: Read): string {
  if (annotations(declaration).some(node => node.text.startsWith('#[path')))
    throw new Error(`${below}: #[path] is not supported`)
  return read(`${below}.rs`) === undefined ? `${below}/mod.rs` : `${below}.rs`
}

/** A `mod` declaration is no import: the module does not depend on its children. */
function importsOf(module: Module, macros: Map<string, string>): Import[] {
  const named = module.uses.map(({ name, path }) => (name === '*' ? [...path, '*'] : path))
  return [...named, ...module.paths].flatMap(path => {
    const macro = path.length === 2 && path[0] === 'crate' ? macros.get(path[1]!) : undefined
    const files = macro ? [macro] : resolve(module, path, [])
    const imports = files.map((to, at) => ({
      from: module.file,
      to,
      path: path.join('::'),
      isReexport: at < files.length - 1,
    }))
    return imports.filter(({ to }) => to !== module.file)
  })
}

/**
 * The files that a path names: each that re-exports its last name, then the one that defines it. A module that the path
 * only passes through is not named. A path into another crate ends in the file that imports from it.
 */
function resolve(module: Module, path: Path, followed: Use[]): string[] {
  const [head, ...rest] = path
  if (head === undefined || head === '*') return [module.file]
  if (head === 'crate') return resolve(root(module), rest, followed)
  if (head === 'self') return resolve(module, rest, followed)
  if (head === 'super') return resolve(module.parent ?? module, rest, followed)

  const child = module.children.get(head)
  const use = module.uses.find(({ name }) => name === head)
  const below = child ? resolve(child, rest, followed) : []
  // A module and a function may share a name; a path that goes on means the module.
  const isReexport = use !== undefined && !followed.includes(use) && !(child && rest.length > 0)
  if (isReexport) return [module.file, ...below, ...resolve(module, [...use.path, ...rest], [...followed, use])]
  return child ? below : [module.file]
}

const root = (module: Module): Module => (module.parent ? root(module.parent) : module)
