// The paths by which a piece of Rust names what is elsewhere.
import { children, descendants, type Node } from './rust.js'

/** `['crate', 'pools', 'Room']` */
export type Path = string[]

/** A name that a `use` declaration brings into scope; `*` stands for all names of the path. */
export interface Use {
  name: string
  path: Path
}

const split = (node: Node): Path => node.text.split('::').map(segment => segment.trim())

/** What a `use` declaration names: `use a::{self, b as c, d::*}` names three. */
export function usesOf(declaration: Node): Use[] {
  const tree = declaration.childForFieldName('argument')
  return tree ? usesIn(tree, []) : []
}

function usesIn(tree: Node, prefix: Path): Use[] {
  const to = (node: Node | null): Path => (node ? [...prefix, ...split(node)] : prefix)
  switch (tree.type) {
    case 'use_list':
      return tree.namedChildren.flatMap(child => (child ? usesIn(child, prefix) : []))
    case 'scoped_use_list': {
      const list = tree.childForFieldName('list')
      return list ? usesIn(list, to(tree.childForFieldName('path'))) : []
    }
    case 'use_wildcard':
      return [{ name: '*', path: to(tree.namedChild(0)) }]
    case 'use_as_clause':
      return [{ name: tree.childForFieldName('alias')!.text, path: to(tree.childForFieldName('path')) }]
    case 'line_comment':
    case 'block_comment':
      return []
    default:
      return [named(to(tree))]
  }
}

/** `a::{self}` names `a`. */
function named(path: Path): Use {
  const full = path.length > 1 && path.at(-1) === 'self' ? path.slice(0, -1) : path
  return { name: full.at(-1)!, path: full }
}

/** Their paths import nothing more: `usesOf` reads the one, `pub(in a::b)` is the other. */
const SKIPPED = new Set(['use_declaration', 'visibility_modifier'])

/** Paths of two segments and more outside of `use`, as in `crate::ids::generated(..)`. */
export function* inlinePaths(node: Node): Generator<Path> {
  if (SKIPPED.has(node.type)) return
  if (node.type === 'token_tree') return yield* tokenPaths(node)
  if (node.type === 'scoped_identifier' || node.type === 'scoped_type_identifier') {
    const { path, others } = segments(node)
    if (path.length > 1) yield path
    for (const other of others) yield* inlinePaths(other)
    return
  }
  for (const child of children(node)) yield* inlinePaths(child)
}

/** The path's segments, and what stands between them: generic arguments, or a type in angle brackets. */
function segments(node: Node): { path: Path; others: Node[] } {
  if (node.type === 'generic_type') {
    const inner = segments(node.childForFieldName('type')!)
    return { path: inner.path, others: [...inner.others, node.childForFieldName('type_arguments')!] }
  }
  if (node.type === 'bracketed_type') return { path: [], others: children(node) }
  if (node.type !== 'scoped_identifier' && node.type !== 'scoped_type_identifier')
    return { path: [node.text], others: [] }
  const before = node.childForFieldName('path')
  const inner = before ? segments(before) : { path: [], others: [] }
  const isOfType = before !== null && inner.path.length === 0
  return { path: isOfType ? [] : [...inner.path, node.childForFieldName('name')!.text], others: inner.others }
}

const NAMES = new Set(['identifier', 'crate', 'self', 'super'])

/** A macro's arguments are tokens, so a path in them is names with `::` between. */
function tokenPaths(tree: Node): Path[] {
  const tokens = Array.from(descendants(tree)).filter(node => node.childCount === 0)
  const text = tokens.map(token => (NAMES.has(token.type) || token.type === '::' ? token.text : ';')).join(' ')
  return Array.from(text.matchAll(/\w+(?: :: \w+)+/g), ([path]) => path.split(' :: '))
}
