import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../install/project.js'
import { fails, passes, succeeds, type Command, type Place } from './commands.js'
import type { Row, Table } from './rows.js'
import { bun, deno, node, npm, pnpm, yarn, type Tool } from './tools.js'

export type Settings = [file: string, text: string]

/** A manager with a minimum release age. The packages of this suite were published a minute ago. */
interface ManagerWithAge {
  name: string
  tool: Tool
  add: Command
  start: Command
  /** The settings that make it have an age, in the words of the table. */
  minimumAge: string
  /** The same, where it has none by default. */
  settings?: Settings
  refusal: RegExp
  /** What exempts our packages, in the words of the table. */
  exemption: string
  /** The same. They also exempt the packages of the types, which are old on other registries. */
  exemptingSettings: Settings
}

/** The packages of the types. */
export const typePackages = ['@types/node', 'undici-types']
const list = (names: string[]): string => names.map(name => `  - '${name}'\n`).join('')
export const npmSettings = (names: string[]): Settings => [
  '.npmrc',
  ['min-release-age=1\n', ...names.map(name => `min-release-age-exclude[]=${name}\n`)].join(''),
]
export const bunSettings = (names: string[]): Settings => [
  'bunfig.toml',
  `[install]\nminimumReleaseAge = 86400\nminimumReleaseAgeExcludes = ${JSON.stringify(names)}\n`,
]

export const npmAdd = [...npm.command, 'install', '--no-audit', '--no-fund', 'rivers-storage']
export const bunAdd = [...bun.command, 'add', 'rivers-storage']

const managers: ManagerWithAge[] = [
  {
    name: 'npm',
    tool: npm,
    add: npmAdd,
    start: node.command,
    minimumAge: '`min-release-age=1` in .npmrc',
    settings: npmSettings([]),
    refusal: /No versions available for rivers-storage/,
    exemption: '`min-release-age-exclude[]=rivers-storage*`',
    exemptingSettings: npmSettings(['rivers-storage*', ...typePackages]),
  },
  {
    name: 'pnpm',
    tool: pnpm,
    add: [...pnpm.command, 'add', 'rivers-storage'],
    start: node.command,
    minimumAge: '`minimumReleaseAgeStrict: true` in pnpm-workspace.yaml',
    settings: ['pnpm-workspace.yaml', 'minimumReleaseAgeStrict: true\n'],
    refusal: /ERR_PNPM_NO_MATURE_MATCHING_VERSION/,
    exemption: "`minimumReleaseAgeExclude: ['rivers-storage*']`",
    exemptingSettings: [
      'pnpm-workspace.yaml',
      `minimumReleaseAgeStrict: true\nminimumReleaseAgeExclude:\n${list(['rivers-storage*', ...typePackages])}`,
    ],
  },
  {
    name: 'Yarn',
    tool: yarn,
    add: [...yarn.command, 'add', 'rivers-storage'],
    start: [...yarn.command, 'node'],
    minimumAge: 'by default',
    refusal: /is quarantined/,
    exemption: "`npmPreapprovedPackages: ['rivers-storage*']` in .yarnrc.yml",
    exemptingSettings: ['.yarnrc.yml', `npmPreapprovedPackages:\n${list(['rivers-storage*'])}`],
  },
  {
    name: 'Bun',
    tool: bun,
    add: bunAdd,
    start: bun.command,
    minimumAge: '`minimumReleaseAge = 86400` in bunfig.toml',
    settings: bunSettings([]),
    refusal: /blocked by minimum-release-age/,
    exemption: '`minimumReleaseAgeExcludes` with the full names of the root and the platform',
    exemptingSettings: bunSettings(['rivers-storage', 'rivers-storage-linux-x64-gnu', ...typePackages]),
  },
  {
    name: 'Deno',
    tool: deno,
    add: [...deno.command, 'add', 'npm:rivers-storage'],
    start: [...deno.command, 'run', '--allow-all'],
    minimumAge: 'by default',
    refusal: /blocked by the minimum dependency age policy/,
    exemption: '`"minimumDependencyAge": { "age": "P1D", "exclude": ["npm:rivers-storage*"] }` in deno.json',
    exemptingSettings: [
      'deno.json',
      JSON.stringify({
        minimumDependencyAge: { age: 'P1D', exclude: ['rivers-storage*', ...typePackages].map(name => `npm:${name}`) },
      }),
    ],
  },
]

export const write = ({ dir }: Place, [file, text]: Settings): void => writeFileSync(join(dir, file), text)

/** Another empty project for the same row. */
const another = (place: Place): Place => ({ ...place, dir: project(`${place.dir}-other`) })

const row = ({ name, tool, add, start, settings, refusal, exemptingSettings, ...table }: ManagerWithAge): Row => ({
  name,
  async run(place) {
    if (settings) write(place, settings)
    assert.match(await fails(add, place), refusal)
    const exempting = another(place)
    write(exempting, exemptingSettings)
    await succeeds(add, exempting)
    await passes(start, 'main.cjs', exempting)
    return [tool.version, table.minimumAge, table.exemption]
  },
})

export const agesTable: Table = {
  title: 'Managers with a minimum release age',
  text: 'Each refused packages that were published a minute before, and installed them once they were named as exempt; then a program ran.',
  columns: ['Manager', 'Version', 'Minimum age', 'Exemption'],
  rows: managers.map(row),
}
