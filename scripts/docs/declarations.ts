// What the package exports, as its declaration files say it. TypeDoc needs TypeScript as a library, which version 7 is
// not; declaration files need no types inferred, so a parser is enough.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@babel/parser'
import { root } from '../setup/root.mjs'

/** The parts of a syntax tree that are looked at here: the parser's own types are for each kind of node. */
interface Node {
  type: string
  start: number
  end: number
  leadingComments?: { value: string }[] | null
  id?: { name: string }
  key?: { name: string }
  computed?: boolean
  body?: { start: number; end: number; body: Node[] }
  declaration?: Node | null
  declarations?: Node[]
  specifiers?: { exported: { name: string } }[]
}

interface Declared {
  name: string
  node: Node
  text: string
  doc: string
  source: string
}

export interface Operation {
  doc: string
  /** The declarations of both forms. */
  texts: string[]
}

export interface Type {
  doc: string
  text: string
}

export interface Declarations {
  operations: Map<string, Operation>
  types: Map<string, Type>
}

/** Operations (members of the class Storage, and functions) and types, by name: documentation and declarations. */
export function declarations(): Declarations {
  const exported = new Set(exportedNames())
  const operations = new Map<string, Operation>()
  const types = new Map<string, Type>()
  for (const { name, node, text, doc, source } of declared()) {
    if (!exported.has(name)) continue
    if (name === 'Storage') for (const member of members(node, source)) addOperation(operations, member)
    else if (node.type === 'TSDeclareFunction') addOperation(operations, { name, doc, text })
    else addType(types, { name, node, doc, text, source })
  }
  return { operations, types }
}

/** `kvGetSync` is under `kvGet`, and documented there. */
function addOperation(
  operations: Map<string, Operation>,
  { name, doc, text }: Omit<Declared, 'node' | 'source'>,
): void {
  const twin = name.replace(/Sync$/, '')
  const known = operations.get(twin)
  if (known) known.texts.push(text)
  else operations.set(name, { doc, texts: [text] })
}

function addType(types: Map<string, Type>, { name, node, doc, text, source }: Declared): void {
  const known = types.get(name)
  if (!known) types.set(name, { doc, text })
  // A class of the addon to which lib adds members.
  else if (node.type === 'TSInterfaceDeclaration')
    known.text = known.text.replace(/\}\s*$/, `${bodyOf(node, source)}\n}`)
  // A value beside the type. The other case is a second name for the same type.
  else if (node.type === 'VariableDeclaration') known.text += `\n${text}`
}

const exportedNames = (): string[] =>
  parsed('index.d.ts').body.flatMap(node => (node.specifiers ?? []).map(({ exported }) => exported.name))

function* declared(): Generator<Declared> {
  const added = readdirSync(join(root, 'lib')).filter(name => name.endsWith('.d.ts'))
  for (const file of ['binding.d.ts', ...added.toSorted().map(name => `lib/${name}`)]) {
    const { source, body } = parsed(file)
    const inner = body.flatMap(node => (node.type === 'TSModuleDeclaration' ? node.body!.body : [node]))
    for (const statement of inner) {
      const node = statement.declaration ?? statement
      const name = (node.declarations?.[0] ?? node).id?.name
      if (name) yield { name, node, text: textOf(node, source), doc: docOf(statement), source }
    }
  }
}

function* members(node: Node, source: string): Generator<Omit<Declared, 'node' | 'source'>> {
  for (const member of node.body!.body) {
    const text = textOf(member, source)
    yield { name: member.computed ? text.slice(0, text.indexOf(']') + 1) : member.key!.name, doc: docOf(member), text }
  }
}

function parsed(file: string): { source: string; body: Node[] } {
  const source = readFileSync(join(root, file), 'utf8')
  const { program } = parse(source, { sourceType: 'module', plugins: [['typescript', { dts: true }]] })
  return { source, body: program.body as unknown as Node[] }
}

const bodyOf = (node: Node, source: string): string => plain(source.slice(node.body!.start + 1, node.body!.end - 1))
const textOf = (node: Node, source: string): string => plain(source.slice(node.start, node.end))

const LINK = /\{@link ([\w.]+)\}/g

/** As one would write it by hand. */
const plain = (text: string): string =>
  text
    .replace(/^declare /, '')
    .replaceAll('globalThis.Symbol', 'Symbol')
    // That a field may be left out says it already.
    .replaceAll(/(\?: .*) \| undefined$/gm, '$1')
    .replaceAll(LINK, '`$1`')
    .replaceAll(/\bget (\w+)\(\)/g, 'readonly $1')
    .replaceAll(/\bArray<([\w[\], ]+)>/g, '$1[]')

function docOf({ leadingComments }: Node): string {
  const [, text = ''] = leadingComments?.at(-1)?.value.match(/^\*(.*)$/s) ?? []
  return text
    .replaceAll(/^[ \t]*\*[ \t]?/gm, '')
    .replaceAll(LINK, '`$1`')
    .trim()
}
