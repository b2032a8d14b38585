// The pages of docs/api: the head of each is written by hand, and ends with a comment that lists what the rest, which
// is generated, documents.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'

export const folder = join(root, 'docs', 'api')

const HEAD = /^.*?<!-- Generated from here on by `npm run docs`\.\noperations:([^:]*)\ntypes:([^:]*?)-->\n/s
const words = text => text.split(/\s+/).filter(Boolean)

export function readPages() {
  const files = readdirSync(folder).filter(file => file.endsWith('.md') && file !== 'README.md')
  return files.toSorted().map(file => {
    const head = readFileSync(join(folder, file), 'utf8').match(HEAD)
    if (!head) throw new Error(`docs/api/${file}: no comment that lists what it documents`)
    return { file, head: head[0], operations: words(head[1]), types: words(head[2]) }
  })
}

export function readIndex() {
  return readFileSync(join(folder, 'README.md'), 'utf8').match(
    /^.*?<!-- Generated from here on by `npm run docs`\. -->\n/s,
  )[0]
}

/** Every name has one page, and every name on a page is there. */
export function checkComplete(pages, { operations, types }) {
  const listed = pages.flatMap(page => [...page.operations, ...page.types])
  const there = [...operations.keys(), ...types.keys()]
  const wrong = [
    ...there.filter(name => !listed.includes(name)).map(name => `${name} is on no page of docs/api`),
    ...listed.filter(name => !there.includes(name)).map(name => `${name}, on a page of docs/api, is not exported`),
    ...listed.filter((name, at) => listed.indexOf(name) !== at).map(name => `${name} is on a page of docs/api twice`),
  ]
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}
