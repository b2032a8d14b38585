import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import * as rivers from 'rivers-storage'
import type { Declarations } from '../scripts/docs/declarations.js'

// The tables of names in docs/coming-from-rivers.md, held against the list of documented names (left) and against what the
// package exports and declares (right).

const declared: Promise<Declarations> = import('../scripts/docs/declarations.js').then(module => module.declarations())

/** Names of the contract that the package does not have as the contract has them: some are there, and take less. */
const incomplete = Array.from(
  readFileSync('__test__/contract/missing.d.ts', 'utf8').matchAll(/'(\w+)'/g),
  match => match[1]!,
)

const TABLES = join('docs', 'coming-from-rivers.md')
/** How the tables mark what the package does not have. */
const MARK = 'not there yet: '

const code = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), match => match[1]!)
/** Names of the contract that the package does not have at all. */
const missing = async (): Promise<string[]> => {
  const { operations } = await declared
  return incomplete.filter(name => !operations.has(name))
}

const rows = readFileSync(TABLES, 'utf8')
  .split('\n## Names\n')[1]!
  .split('\n')
  .filter(line => line.startsWith('|') && !/^\| (---|documented|in its source) /.test(line))
  .map(line => line.split('|').slice(1, 3))
  .map(([left, right]) => ({ left: code(left!), right: code(right!), isMarked: right!.trimStart().startsWith(MARK) }))

/** `name(a, { b })`: the name, and the words within. */
function call(text: string): { name: string; args: string[] } {
  const [, name, args] = text.match(/^([\w.*]+)(?:\((.*)\))?$/) ?? [undefined, text, '']
  return { name: name!, args: args?.match(/\w+/g) ?? [] }
}

/** The operation, whichever its form. */
const once = (text: string): string =>
  call(text)
    .name.replace(/^Storage\./, '')
    .replace(/Sync$/, '')

const documented = readFileSync('__test__/names/documented.txt', 'utf8')
  .split('\n')
  .filter(line => line && !line.startsWith('#'))
  .map(line => line.split(' '))

test('every documented name is in a table, with its parameters or fields, and has a counterpart', t => {
  t.true(documented.length > 70)
  for (const [name, ...parts] of documented) {
    const fitting = rows.filter(({ left }) => {
      const words = left.flatMap(text => text.match(/\w+/g) ?? [])
      return left.some(text => call(text).name === name) && parts.every(part => words.includes(part))
    })
    t.true(fitting.length > 0, `no table has ${name} with ${parts.join(', ')}`)
    t.true(
      fitting.every(({ right }) => right.length > 0),
      `${name} has no counterpart`,
    )
  }
})

test('every operation of ours is in a table', async t => {
  const { operations } = await declared
  const told = new Set(rows.flatMap(({ right }) => right.map(text => call(text).name.replace('Storage.', ''))))
  const untold = [...operations.keys()].filter(name => /^\w+$/.test(name) && !told.has(name))
  // What is no operation on the data, but part of having a store.
  t.deepEqual(untold.toSorted(), [
    'advanceTime',
    'close',
    'codeLocation',
    'formatPartitionKey',
    'isStorageError',
    'type',
  ])
})

test('every operation and function of the tables is there, with these arguments', async t => {
  const { operations } = await declared
  const absent = await missing()
  let seen = 0
  for (const text of rows.filter(row => !isType(row)).flatMap(({ right }) => right)) {
    const { name, args } = call(text)
    const plain = name.replace(/^(Storage|storage)\./, '')
    const once = plain.replace(/Sync$/, '')
    if (absent.includes(once)) continue
    seen += 1
    const holder = { 'Storage.': rivers.Storage, 'LaunchedBy.': rivers.LaunchedBy }[
      name.match(/^[A-Z]\w+\./)?.[0] ?? ''
    ]
    const member = name === 'storage.type' ? 'type' : name.split('.').at(-1)!
    t.true(member in ((holder ?? rivers.Storage.prototype) as object), `${name} is not there`)
    if (holder === rivers.LaunchedBy || args.length === 0) continue
    const { texts } = operations.get(once)!
    const known = await words(texts[0]!)
    for (const arg of args) t.true(known.has(arg), `${name} has no argument ${arg}`)
  }
  t.true(seen > 90)
})

test('what the tables mark as not there yet is what the package lacks, and nothing else', async t => {
  const absent = await missing()
  const named = rows.map(({ right, isMarked }) => ({ names: right.map(once), isMarked }))
  const marked = named.filter(row => row.isMarked).flatMap(({ names }) => names)
  t.deepEqual(
    marked.filter(name => !absent.includes(name)),
    [],
  )
  const others = named.filter(row => !row.isMarked).flatMap(({ names }) => names)
  t.deepEqual(
    others.filter(name => absent.includes(name)),
    [],
  )
  for (const name of absent) t.false(name in rivers.Storage || name in rivers.Storage.prototype, `${name} is there`)
})

test('every type of the tables is there, with these fields and values', async t => {
  const { types } = await declared
  const ofTypes = rows.filter(isType)
  t.true(ofTypes.length > 12)
  for (const { right } of ofTypes) {
    const [name, ...fields] = right
    const type = types.get(name!)
    if (!type) {
      t.fail(`${name} is not there`)
      continue
    }
    const text = [type.text, ...(await mentioned(type.text))].join('\n')
    const known = await words(type.text)
    for (const field of fields) {
      t.true(field.startsWith(`'`) ? text.includes(field) : known.has(field), `${name} has no ${field}`)
    }
  }
})

/** `Type`: its fields or values. */
function isType({ right }: { right: string[] }): boolean {
  return /^[A-Z]\w+$/.test(right[0] ?? '') && right.length > 1
}

/** The types that a declaration mentions. */
async function mentioned(text: string): Promise<string[]> {
  const { types } = await declared
  return Array.from(text.matchAll(/\b[A-Z]\w+/g), ([name]) => types.get(name)?.text ?? '')
}

/** Parameters and fields of a declaration, and of the types that it mentions. */
async function words(text: string): Promise<Set<string>> {
  return new Set(
    [text, ...(await mentioned(text))].flatMap(each => Array.from(each.matchAll(/\b(\w+)\??:/g), match => match[1]!)),
  )
}

const EXPLAINED: [type: string, page: string][] = [
  ['StorageErrorCode', 'errors.md'],
  ['EventType', 'events.md'],
]
for (const [name, page] of EXPLAINED) {
  test(`every ${name} is explained in the table of its page`, async t => {
    const { types } = await declared
    const values = Array.from(types.get(name)!.text.matchAll(/'(\w+)'/g), match => match[1]!)
    const explained = readFileSync(join('docs', 'api', page), 'utf8')
      .split('\n')
      .flatMap(line => (line.startsWith('| `') ? code(line.split('|')[1]!) : []))
    t.deepEqual(explained.toSorted(), values.toSorted())
  })
}
