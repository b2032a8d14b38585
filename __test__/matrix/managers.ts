import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { platforms } from '../../scripts/release/packages.js'
import { host } from '../install/packed.js'
import { passes, succeeds, type Command, type Place } from './commands.js'
import type { Row, Table } from './rows.js'
import { bun, deno, node, npm, pnpm, tsc, typescript, yarn, yarnClassic, type Tool } from './tools.js'

interface Manager {
  name: string
  tool: Tool
  /** Adds the packages. */
  add: Command
  /** A file with its settings. They set no minimum release age, which ages.ts tries. */
  settings?: [file: string, text: string]
  /** Where it puts packages. */
  modules?: string
  /** It does not read the field `libc` of a package. */
  ignoresLibc?: boolean
  /** How its users run a program. */
  start?: Command
  /** What its users compile types with; null where the compiler does not find the packages. */
  compile?: Command | null
  /** Whether `start` runs TypeScript. */
  runsTypescript?: boolean
}

/** Yarn and pnpm isolate packages: a program that names `node` in its settings for types has to install them itself. */
const wanted = ['rivers-storage', '@types/node']
const npmInstall = [...npm.command, 'install', '--no-audit', '--no-fund', ...wanted]

const managers: Manager[] = [
  { name: 'npm', tool: npm, add: npmInstall },
  { name: '`npm --ignore-scripts`', tool: npm, add: [...npmInstall, '--ignore-scripts'] },
  {
    name: 'pnpm',
    tool: pnpm,
    add: [...pnpm.command, 'add', ...wanted],
    settings: ['pnpm-workspace.yaml', 'minimumReleaseAge: 0\n'],
    modules: 'node_modules/.pnpm',
  },
  { name: 'Yarn classic', tool: yarnClassic, add: [...yarnClassic.command, 'add', ...wanted], ignoresLibc: true },
  {
    name: 'Yarn, `nodeLinker: node-modules`',
    tool: yarn,
    add: [...yarn.command, 'add', ...wanted],
    settings: ['.yarnrc.yml', 'nodeLinker: node-modules\nnpmMinimalAgeGate: 0\n'],
  },
  {
    name: 'Yarn, `nodeLinker: pnp`',
    tool: yarn,
    add: [...yarn.command, 'add', ...wanted],
    // Without the loader, Yarn's Node resolves no `import` of a program that has no `"type": "module"`.
    settings: ['.yarnrc.yml', 'nodeLinker: pnp\npnpEnableEsmLoader: true\nnpmMinimalAgeGate: 0\n'],
    modules: '.yarn/unplugged',
    start: [...yarn.command, 'node'],
    compile: null,
  },
  {
    name: 'Bun',
    tool: bun,
    add: [...bun.command, 'add', ...wanted],
    start: bun.command,
    runsTypescript: true,
  },
  {
    name: 'Deno',
    tool: deno,
    add: [...deno.command, 'add', '--minimum-dependency-age=0', ...wanted.map(name => `npm:${name}`)],
    modules: 'node_modules/.deno',
    ignoresLibc: true,
    start: [...deno.command, 'run', '--allow-all'],
    compile: [...deno.command, 'check', 'typed.ts'],
    runsTypescript: true,
  },
]

/** Some managers put the version behind the name of a package's folder. */
const isFolderOf = (platform: string, folder: string): boolean =>
  folder === `rivers-storage-${platform}` ||
  ['@', '-npm-'].some(end => folder.startsWith(`rivers-storage-${platform}${end}`))

function installedPlatforms(modules: string): string[] {
  const folders = readdirSync(modules)
  return Object.keys(platforms).filter(platform => folders.some(folder => isFolderOf(platform, folder)))
}

async function types({ compile = [...tsc, '-p', '.'], start, runsTypescript }: Manager, place: Place): Promise<string> {
  if (!compile) return '–'
  await succeeds(compile, place)
  await passes(start ?? node.command, runsTypescript ? 'typed.ts' : 'out/typed.js', place)
  return 'compiled, ran'
}

function row(manager: Manager): Row {
  const { name, tool, add, settings, modules = 'node_modules', ignoresLibc, start = node.command } = manager
  return {
    name,
    async run(place) {
      if (settings) writeFileSync(join(place.dir, settings[0]), settings[1])
      await succeeds(add, place)
      const expected = ignoresLibc ? [...host, 'linux-x64-musl'] : host
      assert.deepEqual(installedPlatforms(join(place.dir, modules)), expected)
      for (const program of ['main.cjs', 'main.mjs']) await passes(start, program, place)
      return [tool.version, expected.join(', '), 'ran', 'ran', await types(manager, place)]
    },
  }
}

export const managersTable: Table = {
  title: 'Package managers',
  text: `Yarn classic and Deno do not read the field \`libc\`, so they install the package for musl too. Bun and Deno run the programs by
themselves, the others by Node ${node.version}. The program in TypeScript is checked by \`tsc\`
${typescript}, that of Deno by \`deno check\`. With \`nodeLinker: pnp\`, \`tsc\` finds no types, not even those of Node.`,
  columns: ['Manager', 'Version', 'Packages of platforms', 'CommonJS', 'ES modules', 'TypeScript'],
  rows: managers.map(row),
}
