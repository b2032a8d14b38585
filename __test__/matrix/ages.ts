import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../install/programs.js'
import { fails, passes, succeeds, type Command, type Place } from './commands.js'
import type { Row, Table } from './rows.js'
import { bun, deno, node, npm, pnpm, yarn, type Tool } from './tools.js'

type Settings = [file: string, text: string]

/** A manager that asks packages for an age, and what it makes of packages that were published a minute ago. */
interface Gate {
  name: string
  tool: Tool
  add: Command
  start: Command
  /** How the table says that it asks. */
  asks: string
  gate?: Settings
  refusal: RegExp
  /** How the table says what admits this package. The settings also name packages that are old elsewhere. */
  admits: string
  admission: Settings
}

const others = ['@types/node', 'undici-types']
const list = (names: string[]): string => names.map(name => `  - '${name}'\n`).join('')
const npmList = (names: string[]): string => names.map(name => `min-release-age-exclude[]=${name}\n`).join('')
const bunSettings = (names: string[]): Settings => [
  'bunfig.toml',
  `[install]\nminimumReleaseAge = 86400\nminimumReleaseAgeExcludes = ${JSON.stringify(names)}\n`,
]

const npmAdd = [...npm.command, 'install', '--no-audit', '--no-fund', 'rivers-storage']
const bunAdd = [...bun.command, 'add', 'rivers-storage']

const gates: Gate[] = [
  {
    name: 'npm',
    tool: npm,
    add: npmAdd,
    start: node.command,
    asks: '`min-release-age=1` in .npmrc',
    gate: ['.npmrc', 'min-release-age=1\n'],
    refusal: /No versions available for rivers-storage/,
    admits: '`min-release-age-exclude[]=rivers-storage*`',
    admission: ['.npmrc', `min-release-age=1\n${npmList(['rivers-storage*', ...others])}`],
  },
  {
    name: 'pnpm',
    tool: pnpm,
    add: [...pnpm.command, 'add', 'rivers-storage'],
    start: node.command,
    asks: '`minimumReleaseAgeStrict: true` in pnpm-workspace.yaml',
    gate: ['pnpm-workspace.yaml', 'minimumReleaseAgeStrict: true\n'],
    refusal: /ERR_PNPM_NO_MATURE_MATCHING_VERSION/,
    admits: "`minimumReleaseAgeExclude: ['rivers-storage*']`",
    admission: [
      'pnpm-workspace.yaml',
      `minimumReleaseAgeStrict: true\nminimumReleaseAgeExclude:\n${list(['rivers-storage*', ...others])}`,
    ],
  },
  {
    name: 'Yarn',
    tool: yarn,
    add: [...yarn.command, 'add', 'rivers-storage'],
    start: [...yarn.command, 'node'],
    asks: 'by default',
    refusal: /is quarantined/,
    admits: "`npmPreapprovedPackages: ['rivers-storage*']` in .yarnrc.yml",
    admission: ['.yarnrc.yml', `npmPreapprovedPackages:\n${list(['rivers-storage*'])}`],
  },
  {
    name: 'Bun',
    tool: bun,
    add: bunAdd,
    start: bun.command,
    asks: '`minimumReleaseAge = 86400` in bunfig.toml',
    gate: bunSettings([]),
    refusal: /blocked by minimum-release-age/,
    admits: '`minimumReleaseAgeExcludes` with the full names of the root and the platform',
    admission: bunSettings(['rivers-storage', 'rivers-storage-linux-x64-gnu', ...others]),
  },
  {
    name: 'Deno',
    tool: deno,
    add: [...deno.command, 'add', 'npm:rivers-storage'],
    start: [...deno.command, 'run', '--allow-all'],
    asks: 'by default',
    refusal: /blocked by the minimum dependency age policy/,
    admits: '`"minimumDependencyAge": { "age": "P1D", "exclude": ["npm:rivers-storage*"] }` in deno.json',
    admission: [
      'deno.json',
      JSON.stringify({
        minimumDependencyAge: { age: 'P1D', exclude: ['rivers-storage*', ...others].map(name => `npm:${name}`) },
      }),
    ],
  },
]

const write = ({ dir }: Place, [file, text]: Settings): void => writeFileSync(join(dir, file), text)

/** Another empty project for the same row. */
const another = (place: Place): Place => ({ ...place, dir: project(`${place.dir}-other`) })

const gateRow = ({ name, tool, add, start, asks, gate, refusal, admits, admission }: Gate): Row => ({
  name,
  async run(place) {
    if (gate) write(place, gate)
    assert.match(await fails(add, place), refusal)
    const admitted = another(place)
    write(admitted, admission)
    await succeeds(add, admitted)
    await passes(start, 'main.cjs', admitted)
    return [tool.version, asks, admits]
  },
})

/** The root is admitted, its platforms are not: being optional, they are left out without a word. */
const withoutAddon = (name: string, add: Command, settings: Settings): Row => ({
  name: `${name} that admits \`rivers-storage\` alone`,
  async run(place) {
    write(place, settings)
    await succeeds(add, place)
    assert.match(await fails([...node.command, 'main.cjs'], place), /rivers-storage-linux-x64-gnu, .* is not installed/)
    return ['installs no addon, and succeeds', 'the error of the program names the package']
  },
})

const trapRows: Row[] = [
  withoutAddon('npm', npmAdd, ['.npmrc', `min-release-age=1\n${npmList(['rivers-storage', ...others])}`]),
  withoutAddon('Bun', bunAdd, bunSettings(['rivers-storage', ...others])),
  {
    name: 'pnpm with its defaults',
    async run(place) {
      await succeeds([...pnpm.command, 'add', 'rivers-storage'], place)
      const settings = readFileSync(join(place.dir, 'pnpm-workspace.yaml'), 'utf8')
      assert.match(settings, /^minimumReleaseAgeExclude:\n[^]*rivers-storage-linux-x64-gnu@/m)
      await passes(node.command, 'main.cjs', place)
      return ['installs, and notes each version in pnpm-workspace.yaml', 'programs run']
    },
  },
  {
    name: "Yarn's `pnp` without `pnpEnableEsmLoader: true`",
    async run(place) {
      write(place, ['.yarnrc.yml', 'npmMinimalAgeGate: 0\n'])
      await succeeds([...yarn.command, 'add', 'rivers-storage'], place)
      const start = [...yarn.command, 'node']
      await passes(start, 'main.cjs', place)
      assert.match(await fails([...start, 'main.mjs'], place), /ERR_MODULE_NOT_FOUND/)
      return ['installs', '`require` finds the package, `import` does not: `ERR_MODULE_NOT_FOUND`']
    },
  },
]

export const agesTable: Table = {
  title: 'Managers that ask for an age',
  text: 'Each refused packages that were published a minute before, and installed them once they were named as exempt; then a program ran.',
  columns: ['Manager', 'Version', 'It asks', 'What exempts them'],
  rows: gates.map(gateRow),
}

export const trapsTable: Table = {
  title: 'Traps',
  text: 'What else was made to happen.',
  columns: ['Where', 'Installing', 'Running'],
  rows: trapRows,
}
