// Public items, and which of them no documentation comment describes.
import { annotations, children, type Node } from './rust.js'

export interface Item {
  name: string
  line: number
  isDocumented: boolean
}

const ITEMS = new Set([
  'const_item',
  'enum_item',
  'field_declaration',
  'function_item',
  'function_signature_item',
  'static_item',
  'struct_item',
  'trait_item',
  'type_item',
  'union_item',
])

/** What is public because its owner is: members of a trait, variants, and their fields. */
const OWNERS = new Set(['trait_item', 'enum_item', 'enum_variant'])
const MEMBERS = new Set([...ITEMS, 'enum_variant', 'associated_type'])

/**
 * Everything that says `pub`, reachable from outside of the crate or not, and its members. Modules are left out: a comment
 * in their own file describes them. So are fields without a name.
 */
export function publicItems(body: Node, areMembers = false): Item[] {
  return children(body).flatMap(node => {
    const isPublic = areMembers ? MEMBERS.has(node.type) : ITEMS.has(node.type) && isPub(node)
    if (isPublic) return [itemOf(node), ...itemsWithin(node)]
    return node.type === 'impl_item' || node.type === 'mod_item' ? itemsWithin(node) : []
  })
}

function itemsWithin(owner: Node): Item[] {
  const body = owner.childForFieldName('body')
  return body ? publicItems(body, OWNERS.has(owner.type)) : []
}

const isPub = (node: Node): boolean =>
  children(node).some(({ type, text }) => type === 'visibility_modifier' && text === 'pub')

const itemOf = (node: Node): Item => ({
  name: node.childForFieldName('name')!.text,
  line: node.startPosition.row + 1,
  isDocumented: annotations(node).some(isDoc),
})

const isDoc = (node: Node): boolean => node.childForFieldName('doc') !== null || node.text.startsWith('#[doc')
