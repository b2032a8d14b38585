import { execFile } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { said, squeezed } from '../scripts/release/said.mjs'
import { inTempDir } from './helpers/temp.js'

// Every block of code in the README and in docs is one of these kinds, and no other:
// - `ts`, `js`: a sample. It is run as it stands, and prints what follows its `// →` (and in lines after that which
//   begin with `//` and three spaces).
// - `sh`: commands that exist.
// - `text`: what the demo prints, in the README only; __test__/demo.spec.ts holds it against the demo.
// - `ts declaration`: written by `npm run docs`, in docs/api only.
// - `surql`: a query of docs/tables.md, which `__test__/tables.spec.ts` runs.
// - `mermaid`: a picture.
// - `dockerfile`: in docs/install.md only, which says that it was not run.
// - a kind and a file: a part of that file, which a test runs.

interface Block {
  /** Where it begins. */
  place: string
  kind: string
  text: string
}

const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md'))
  .toSorted()
const blocks = ['README.md', ...documents.map(name => join('docs', name))].flatMap(blocksOf)
const samples = blocks.filter(({ kind }) => ['ts', 'js'].includes(kind))

function blocksOf(file: string): Block[] {
  const text = readFileSync(file, 'utf8')
  return Array.from(text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms), match => ({
    place: `${file.replaceAll('\\', '/')}:${text.slice(0, match.index).split('\n').length}`,
    kind: match[1]!,
    text: match[2]!,
  }))
}

const loader = pathToFileURL(require.resolve('tsx')).href
const entry = pathToFileURL(join(process.cwd(), 'index.mjs')).href

/** What a sample prints, run in an empty folder, where only the package's path differs from a user's. */
async function printed({ kind, text }: Block): Promise<string> {
  return inTempDir(async dir => {
    const file = `sample.m${kind}`
    writeFileSync(join(dir, file), text.replace(`'rivers-storage'`, `'${entry}'`))
    return (await promisify(execFile)(process.execPath, ['--import', loader, file], { cwd: dir })).stdout
  })
}

for (const sample of samples) {
  test(`the sample at ${sample.place} prints what its comments say`, async t => {
    t.regex(sample.text, /from 'rivers-storage'/)
    const expected = said(sample.text)
    t.not(expected, '', 'it shows nothing')
    t.is(squeezed(await printed(sample)), squeezed(expected))
  })
}

test('the samples are all of them correctly typed', t =>
  inTempDir(async dir => {
    const root = process.cwd()
    const compilerOptions = {
      noEmit: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      strict: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      paths: { 'rivers-storage': [join(root, 'index.d.mts')] },
    }
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }))
    for (const { kind, place, text } of samples) {
      // As long as the place, so that the lines of complaints are those of the document.
      const above = '\n'.repeat(Number(place.split(':')[1]))
      if (kind === 'ts') writeFileSync(join(dir, `${place.replaceAll(/\W/g, '-')}.mts`), above + text)
    }
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', dir]).catch(error => error)
    t.is(stdout, '')
  }))

test('every command of a shell sample is there', t => {
  const { name, scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const known = [
    // The folder: the package is not published.
    `npm install ../${name}`,
    ...Object.keys(scripts).flatMap(script => [`npm ${script}`, `npm run ${script}`]),
  ]
  const commands = blocks.filter(({ kind }) => kind === 'sh').flatMap(({ text }) => text.trim().split('\n'))
  for (const command of commands) t.true(known.includes(command.replace(/ (#|-- ).*/, '').trim()), command)
})

/** The file that a block is a part of. */
const quoted = (kind: string): string | undefined => kind.match(/^\w+ (__test__\/\S+)$/)?.[1]

test('a block that names a file is a part of it', t => {
  const quotations = blocks.filter(({ kind }) => quoted(kind))
  t.true(quotations.length > 0)
  for (const { kind, text, place } of quotations)
    t.true(squeezed(readFileSync(quoted(kind)!, 'utf8')).includes(squeezed(text)), place)
})

test('there is no block of a kind that nobody checks', t => {
  const GENERATED = /^docs\/api\//
  for (const { kind, place } of blocks) {
    if (kind === 'ts declaration') t.regex(place, GENERATED)
    else if (kind === 'text') t.regex(place, /^README\.md:/)
    else if (kind === 'dockerfile') t.regex(place, /^docs\/install\.md:/)
    else if (kind === 'surql') t.regex(place, /^docs\/tables\.md:/)
    else if (!quoted(kind)) t.true(['ts', 'js', 'sh', 'mermaid'].includes(kind), `${place}: ${kind}`)
  }
})

test('there is a sample in each page of the reference, and no sample is lost', t => {
  const pages = documents.filter(name => /^api[/\\](?!README)/.test(name))
  const withSample = pages.filter(name =>
    samples.some(({ place }) => place.startsWith(`docs/${name.replaceAll('\\', '/')}:`)),
  )
  t.deepEqual(withSample, pages)
  const fences = ['README.md', ...documents.map(name => join('docs', name))].map(
    file => readFileSync(file, 'utf8').match(/^ *```/gm)?.length ?? 0,
  )
  t.is(
    2 * blocks.length,
    fences.reduce((sum, count) => sum + count, 0),
  )
})
