import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'

// CONTRIBUTING.md, held against the repository.

const text = readFileSync('CONTRIBUTING.md', 'utf8')
const layout = text.split('\n## Layout\n')[1]!.split('\n## ')[0]!
const named = new Set(
  layout.split('\n').flatMap(line => Array.from(line.split('|')[1]?.matchAll(/`([^`]+)`/g) ?? [], match => match[1]!)),
)

/** What git ignores, and folders of git and of editors. */
const isLocal = ({ name, isFolder }: { name: string; isFolder: boolean }): boolean =>
  isFolder
    ? name.startsWith('.') || ['node_modules', 'target', 'dist'].includes(name)
    : /\.(node|log|tgz|tmp)$|^\.git$/.test(name)

test('the layout explains everything at the top level', t => {
  const top = readdirSync('.', { withFileTypes: true })
    .map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .filter(entry => !isLocal(entry) && entry.name !== 'crates')
  t.true(top.length > 20)
  t.deepEqual(
    top.filter(({ name }) => !named.has(name)),
    [],
  )
})

test('the layout explains every crate', t => {
  const crates = readdirSync('crates').map(name => `crates/${name}`)
  t.deepEqual(
    crates.filter(name => !named.has(name)),
    [],
  )
})

test('the layout explains every folder of tests', t => {
  const folders = readdirSync('__test__', { withFileTypes: true }).filter(entry => entry.isDirectory())
  t.true(folders.length > 10)
  t.deepEqual(
    folders.map(({ name }) => `__test__/${name}`).filter(name => !named.has(name)),
    [],
  )
})

test('the commands are there', t => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const commands = Array.from(text.matchAll(/`npm (?:run )?([\w:]+)/g), match => match[1]!)
  t.true(commands.length > 5)
  for (const command of commands) t.true(command in scripts, command)
})
