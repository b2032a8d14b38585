// `unsafe` blocks and implementations, and whether a comment says why each is sound.
import { annotations, descendants, type Node } from './rust.js'

export interface Unsafe {
  line: number
  isExplained: boolean
}

/** In a macro's arguments, too, where a block is the keyword and a tree of tokens. */
export function unsafeIn(root: Node): Unsafe[] {
  const keywords = [...descendants(root)].filter(node => node.type === 'unsafe' && opensBlock(node))
  return keywords.map(node => ({ line: node.startPosition.row + 1, isExplained: isExplained(node) }))
}

function opensBlock(keyword: Node): boolean {
  if (keyword.parent?.type === 'impl_item') return true
  return keyword.nextSibling?.type === 'block' || (keyword.nextSibling?.text.startsWith('{') ?? false)
}

const BODIES = new Set(['block', 'declaration_list', 'source_file'])

/** A comment may stand before the block itself, or before the statement or item that it is part of. */
function isExplained(keyword: Node): boolean {
  for (let node: Node | null = keyword; node && !BODIES.has(node.type); node = node.parent)
    if (annotations(node).some(comment => comment.text.includes('SAFETY:'))) return true
  return false
}
