// What the package exports without a sentence: types, their fields and members, functions. `node --import tsx
// scripts/house/types.ts` prints the names, and how many there are.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@babel/parser'

/** The parts of a syntax tree that are looked at here: the parser's own types are for each kind of node. */
interface Node {
  type: string
  start: number
  end: number
  leadingComments?: { value: string }[] | null
  [part: string]: unknown
}

/** Nodes that have a name of their own, inside of an interface, a class or an object type. */
const MEMBERS = ['TSPropertySignature', 'TSMethodSignature', 'TSDeclareMethod', 'ClassProperty', 'ClassMethod']

/** `Type`, `Type.member` or `function`, in the order of the files. `root` is the folder of a package that is built. */
export const undocumented = (root = process.cwd()): string[] =>
  documented(root)
    .filter(({ isDocumented }) => !isDocumented)
    .map(({ name }) => name)

function documented(root: string): { name: string; isDocumented: boolean }[] {
  const exported = new Set(exportedNames(root))
  const added = readdirSync(join(root, 'lib')).filter(name => name.endsWith('.d.ts'))
  const files = ['binding.d.ts', ...added.toSorted().map(name => join('lib', name))]
  const found = files.flatMap(file => namesIn(join(root, file))).filter(({ name }) => exported.has(name.split('.')[0]!))
  // A class of the addon is documented there, and lib adds members to it; a value may stand beside its type.
  const names = [...new Set(found.map(({ name }) => name))]
  return names.map(name => ({ name, isDocumented: found.some(each => each.name === name && each.isDocumented) }))
}

const exportedNames = (root: string): string[] =>
  parsed(join(root, 'index.d.ts')).body.flatMap(({ specifiers }) =>
    ((specifiers ?? []) as Node[]).map(({ exported }) => (exported as { name: string }).name),
  )

function namesIn(file: string): { name: string; isDocumented: boolean }[] {
  const { source, body } = parsed(file)
  const outer = body.flatMap(node =>
    node.type === 'TSModuleDeclaration' ? (node.body as { body: Node[] }).body : [node],
  )
  return outer.flatMap(statement => {
    const node = (statement.declaration ?? statement) as Node
    const declared = ((node.declarations as Node[] | undefined)?.[0] ?? node) as Node
    const name = (declared.id as { name: string } | undefined)?.name
    if (!name) return []
    const members = membersOf(declared).map(member => ({
      name: `${name}.${nameOf(member, source)}`,
      isDocumented: hasSentence(member),
    }))
    return [{ name, isDocumented: hasSentence(statement) }, ...members]
  })
}

/** Also those of object types within. */
function membersOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(membersOf)
  if (typeof value !== 'object' || value === null || !('type' in value)) return []
  const node = value as Node
  const { leadingComments: _, ...parts } = node
  const inner = Object.values(parts).flatMap(membersOf)
  return MEMBERS.includes(node.type) && node.accessibility !== 'private' ? [node, ...inner] : inner
}

function nameOf({ key, computed }: Node, source: string): string {
  const { start, end } = key as Node
  const text = source.slice(start, end).replace('globalThis.', '')
  return computed ? `[${text}]` : text
}

const hasSentence = ({ leadingComments }: Node): boolean => /^\*\s*\**\s*\S/.test(leadingComments?.at(-1)?.value ?? '')

function parsed(file: string): { source: string; body: Node[] } {
  const source = readFileSync(file, 'utf8')
  const { program } = parse(source, { sourceType: 'module', plugins: [['typescript', { dts: true }]] })
  return { source, body: program.body as unknown as Node[] }
}

if (require.main === module) {
  const root = process.argv[2] ?? process.cwd()
  const names = undocumented(root)
  for (const name of names) console.log(name)
  console.log(`${names.length} of ${documented(root).length} without a sentence`)
}
