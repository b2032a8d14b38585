// The pages of docs/api: the head of each is written by hand, and ends with a comment that lists what the rest, which
// is generated, documents.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/root.mjs'
import type { Declarations } from './declarations.js'

export interface Page {
  file: string
  /** What is written by hand. */
  head: string
  operations: string[]
  types: string[]
}

export const folder = join(root, 'docs', 'api')

const HEAD = /^.*?<!-- Generated from here on by `npm run docs`\.\noperations:([^:]*)\ntypes:([^:]*?)-->\n/s
const INDEX_HEAD = /^.*?<!-- Generated from here on by `npm run docs`\. -->\n/s
const INDEX = 'README.md'

function headOf(file: string, pattern: RegExp): RegExpMatchArray {
  const head = readFileSync(join(folder, file), 'utf8').match(pattern)
  if (!head) throw new Error(`docs/api/${file} has no comment from which on it is generated`)
  return head
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean)

export const readPages = (): Page[] =>
  readdirSync(folder)
    .filter(file => file.endsWith('.md') && file !== INDEX)
    .toSorted()
    .map(file => {
      const [head, operations, types] = headOf(file, HEAD)
      return { file, head, operations: words(operations!), types: words(types!) }
    })

export const readIndex = (): Pick<Page, 'file' | 'head'> => ({ file: INDEX, head: headOf(INDEX, INDEX_HEAD)[0] })

/** Every name has one page, and every name on a page is there. */
export function checkComplete(pages: Page[], { operations, types }: Declarations): void {
  const listed = pages.flatMap(page => [...page.operations, ...page.types])
  const there = [...operations.keys(), ...types.keys()]
  const wrong = [
    ...there.filter(name => !listed.includes(name)).map(name => `${name} is on no page of docs/api`),
    ...listed.filter(name => !there.includes(name)).map(name => `${name}, on a page of docs/api, is not exported`),
    ...listed.filter((name, at) => listed.indexOf(name) !== at).map(name => `${name} is on a page of docs/api twice`),
  ]
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}
