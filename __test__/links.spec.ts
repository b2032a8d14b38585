import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'

// Links between the documents, and to files of the repository.

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map(name => join('docs', name)),
]
  .filter(name => name.endsWith('.md'))
  .toSorted()
const prose = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^```.*?^```$/gms, '')

/** The anchors that GitHub gives the headings of a document. */
const anchors = (file: string): string[] =>
  Array.from(prose(file).matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )

for (const file of documents) {
  test(`the links of ${file} lead somewhere`, t => {
    const own = anchors(file)
    t.is(new Set(own).size, own.length, 'two headings have one anchor')
    for (const [, target] of prose(file).matchAll(/\]\(((?!https?:)[^)]+)\)/g)) {
      const [path, anchor] = target!.split('#')
      const to = path ? join(dirname(file), path) : file
      t.true(existsSync(to), `${target} is not there`)
      if (anchor && existsSync(to)) t.true(anchors(to).includes(anchor), `${target}: no such heading`)
    }
  })
}

const ARCHITECTURE = 'docs/architecture.md'

/** Files and folders that a document names in backticks; a path may leave out its first folders. */
const named = (text: string): string[] =>
  Array.from(text.matchAll(/`((?:\.?[\w-]+\/)*[\w-]+(?:\.[\w-]+)*)`/g), ([, path]) => path!).filter(
    path => path.includes('/') || /\.(?:rs|ts|mts|mjs|md)$/.test(path),
  )

const inFolder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (['.git', 'node_modules', 'target'].includes(entry.name)) return []
    return entry.isDirectory() ? [path, ...inFolder(path)] : [path]
  })

test(`the files that ${ARCHITECTURE} names exist`, t => {
  const paths = named(prose(ARCHITECTURE))
  t.true(paths.length > 50, 'names files')
  const files = inFolder('.')
  const missing = paths.filter(path => !files.some(file => file.endsWith(`/${path}`)))
  t.deepEqual(missing, [])
})
