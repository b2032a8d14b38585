// Rust as a syntax tree. Items that only tests compile (`#[cfg(test)]`) are left out by `children`.
import { Language, Parser, type Node } from '@vscode/tree-sitter-wasm'

export type { Node }
export type Parse = (source: string) => Node

const GRAMMAR = '@vscode/tree-sitter-wasm/wasm/tree-sitter-rust.wasm'

export async function rustParser(): Promise<Parse> {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(require.resolve(GRAMMAR)))
  return source => {
    const tree = parser.parse(source)
    // In what does not parse, items would be missed.
    if (!tree || tree.rootNode.hasError) throw new Error(`this does not parse: ${source.slice(0, 200)}`)
    return tree.rootNode
  }
}

const isTestOnly = (node: Node): boolean =>
  node.type === 'attribute_item' && node.text.replaceAll(/\s/g, '') === '#[cfg(test)]'

const isComment = (node: Node): boolean => node.type === 'line_comment' || node.type === 'block_comment'

/** Comments and attributes directly before the node, the nearest first. */
export function annotations(node: Node): Node[] {
  const found: Node[] = []
  for (let before = node.previousSibling; before; before = before.previousSibling) {
    const isInner = before.childForFieldName('inner') !== null
    if (isInner || (!isComment(before) && before.type !== 'attribute_item')) break
    found.push(before)
  }
  return found
}

/** The node's children, tokens included, without what only tests compile. */
export const children = (node: Node): Node[] =>
  node.children.filter((child): child is Node => child !== null && !annotations(child).some(isTestOnly))

/** The node and all below it, without what only tests compile. */
export function* descendants(node: Node): Generator<Node> {
  yield node
  for (const child of children(node)) yield* descendants(child)
}
