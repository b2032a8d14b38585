// The generated part of a page: each operation in both forms and each type, as declared, with links between them.
import { format, type Options } from 'prettier'
import type { Declarations, Operation, Type } from './declarations.js'
import type { Page } from './pages.js'
import { sentences } from './tags.js'

/** Where each name is documented. */
type Addresses = Map<string, string>

const options: Options = { parser: 'typescript', semi: false, singleQuote: true, arrowParens: 'avoid', printWidth: 100 }
const fenced = (text: string): string => `\`\`\`ts declaration\n${text}\n\`\`\``

/** The heading under which a name is documented, and so its anchor. */
const headingOf = (name: string, { operations }: Declarations): string =>
  operations.get(name)?.texts[0]?.startsWith('static ') ? `Storage.${name}` : name
const anchor = (heading: string): string => `#${heading.toLowerCase().replaceAll(/[^\w-]/g, '')}`

export const addresses = (pages: Page[], all: Declarations): Addresses =>
  new Map(
    pages.flatMap(({ file, operations, types }) =>
      [...operations, ...types].map((name): [string, string] => [name, file + anchor(headingOf(name, all))]),
    ),
  )

export async function renderPage(
  { file, head, operations, types }: Page,
  all: Declarations,
  known: Addresses,
): Promise<string> {
  const link = linker(known, file)
  const sections = []
  if (operations.length > 0) sections.push('## Operations')
  for (const name of operations)
    sections.push(await renderOperation(name, all.operations.get(name)!, headingOf(name, all), link))
  if (types.length > 0) sections.push('## Types')
  for (const name of types) sections.push(await renderType(name, all.types.get(name)!, link))
  return `${head}\n${sections.join('\n\n')}\n`
}

export const renderIndex = (head: string, { operations, types }: Declarations, known: Addresses): string =>
  [head, '## Operations', '', listOf(operations, known), '', '## Types', '', listOf(types, known), ''].join('\n')

const byName = (a: string, b: string): number => a.localeCompare(b, 'en')
const listOf = (names: Map<string, unknown>, known: Addresses): string =>
  [...names.keys()]
    .toSorted(byName)
    .map(name => `[\`${name}\`](${known.get(name)})`)
    .join(' ·\n')

async function renderOperation(
  name: string,
  { doc, texts }: Operation,
  heading: string,
  link: Linker,
): Promise<string> {
  const members = await format(
    `declare class Storage {\n${texts.join('\n')}\n}`.replaceAll(/^function /gm, ''),
    options,
  )
  const signatures = members
    .split('\n')
    .slice(1, -2)
    .map(line => line.slice(2))
  const shown = signatures.join('\n').replaceAll(/^static /gm, 'Storage.')
  const parts = [`### ${heading}`, fenced(shown), link.prose(doc), link.uses(texts.join(), name)]
  return parts.filter(Boolean).join('\n\n')
}

async function renderType(name: string, { doc, text }: Type, link: Linker): Promise<string> {
  const formatted = (await format(text, options)).trimEnd()
  return [`### ${name}`, link.prose(doc), fenced(formatted), link.uses(text, name)].filter(Boolean).join('\n\n')
}

interface Linker {
  /** Links the names in it: those in backticks, and those that are no word of English. */
  prose: (doc: string) => string
  /** The types that a declaration mentions. */
  uses: (declaration: string, self: string) => string
}

/** Links from one page to names, wherever they are documented. */
function linker(known: Addresses, file: string): Linker {
  const to = (name: string): string => {
    const address = known.get(name)!
    return address.startsWith(`${file}#`) ? address.slice(file.length) : address
  }
  const linked = (name: string): string => `[\`${name}\`](${to(name)})`
  return {
    prose: doc =>
      sentences(doc).replaceAll(/`([^`]+)`|\b[a-z]+[A-Z]\w+\b|\bERR_[A-Z_]+\b/g, (found: string, quoted?: string) => {
        const name = (quoted ?? found).replace(/\(\)$/, '')
        if (name.startsWith('ERR_')) return `[\`${name}\`](errors.md)`
        return known.has(name) ? linked(name) : found
      }),
    uses(declaration, self) {
      const code = declaration.replaceAll(/\/\*.*?\*\//gs, '')
      const names = new Set(code.match(/\b[A-Z]\w+\b/g)?.filter(name => known.has(name) && name !== self))
      return names.size === 0 ? '' : `See ${[...names].map(linked).join(', ')}.`
    },
  }
}
