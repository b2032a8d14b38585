// What the package exports, as its declaration files say it. TypeDoc needs TypeScript as a library, which version 7 is
// not; declaration files need no types inferred, so a parser is enough.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@babel/parser'
import { root } from '../lib/workspace.mjs'

/** Operations (members of the class Storage, and functions) and types, by name: documentation and declarations. */
export function declarations() {
  const exported = new Set(exportedNames())
  const operations = new Map()
  const types = new Map()
  for (const { name, node, text, doc, source } of declared()) {
    if (!exported.has(name)) continue
    if (name === 'Storage') for (const member of members(node, source)) addOperation(operations, member)
    else if (node.type === 'TSDeclareFunction') addOperation(operations, { name, doc, text })
    else addType(types, { name, node, doc, text, source })
  }
  return { operations, types }
}

/** `kvGetSync` is under `kvGet`, and documented there. */
function addOperation(operations, { name, doc, text }) {
  const twin = name.replace(/Sync$/, '')
  if (operations.has(twin)) operations.get(twin).texts.push(text)
  else operations.set(name, { doc, texts: [text] })
}

function addType(types, { name, node, doc, text, source }) {
  const known = types.get(name)
  if (!known) types.set(name, { doc, text })
  // A class of the addon to which lib adds members.
  else if (node.type === 'TSInterfaceDeclaration')
    known.text = known.text.replace(/\}\s*$/, `${bodyOf(node, source)}\n}`)
  // A value beside the type. The other case is a second name for the same type.
  else if (node.type === 'VariableDeclaration') known.text += `\n${text}`
}

const exportedNames = () =>
  parsed('index.d.ts').body.flatMap(node => (node.specifiers ?? []).map(({ exported }) => exported.name))

function* declared() {
  const added = readdirSync(join(root, 'lib')).filter(name => name.endsWith('.d.ts'))
  for (const file of ['binding.d.ts', ...added.toSorted().map(name => `lib/${name}`)]) {
    const { source, body } = parsed(file)
    const inner = body.flatMap(node => (node.type === 'TSModuleDeclaration' ? node.body.body : [node]))
    for (const statement of inner) {
      const node = statement.declaration ?? statement
      const name = (node.declarations?.[0] ?? node).id?.name
      if (name) yield { name, node, text: textOf(node, source), doc: docOf(statement), source }
    }
  }
}

function* members(node, source) {
  for (const member of node.body.body) {
    const text = textOf(member, source)
    yield { name: member.computed ? text.slice(0, text.indexOf(']') + 1) : member.key.name, doc: docOf(member), text }
  }
}

function parsed(file) {
  const source = readFileSync(join(root, file), 'utf8')
  const { program } = parse(source, { sourceType: 'module', plugins: [['typescript', { dts: true }]] })
  return { source, body: program.body }
}

const bodyOf = (node, source) => plain(source.slice(node.body.start + 1, node.body.end - 1))
const textOf = (node, source) => plain(source.slice(node.start, node.end))

const LINK = /\{@link ([\w.]+)\}/g

/** As one would write it by hand. */
const plain = text =>
  text
    .replace(/^declare /, '')
    .replaceAll('globalThis.Symbol', 'Symbol')
    // That a field may be left out says it already.
    .replaceAll(/(\?: .*) \| undefined$/gm, '$1')
    .replaceAll(LINK, '`$1`')
    .replaceAll(/\bget (\w+)\(\)/g, 'readonly $1')
    .replaceAll(/\bArray<([\w[\], ]+)>/g, '$1[]')

function docOf({ leadingComments = [] }) {
  const [, text = ''] = leadingComments.at(-1)?.value.match(/^\*(.*)$/s) ?? []
  return text
    .replaceAll(/^[ \t]*\*[ \t]?/gm, '')
    .replaceAll(LINK, '`$1`')
    .trim()
}
