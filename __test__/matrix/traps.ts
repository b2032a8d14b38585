import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bunAdd, bunSettings, npmAdd, npmSettings, typePackages, write, type Settings } from './ages.js'
import { fails, passes, succeeds, type Command } from './commands.js'
import type { Row, Table } from './rows.js'
import { node, pnpm, yarn } from './tools.js'

/** The root is exempt, its platforms are not. They are optional, so the manager leaves them out without an error. */
const withoutAddon = (name: string, add: Command, settings: Settings): Row => ({
  name: `${name} that exempts \`rivers-storage\` alone`,
  async run(place) {
    write(place, settings)
    await succeeds(add, place)
    assert.match(await fails([...node.command, 'main.cjs'], place), /rivers-storage-linux-x64-gnu, .* is not installed/)
    return ['installs no addon, and succeeds', 'the error of the program names the package']
  },
})

const rows: Row[] = [
  withoutAddon('npm', npmAdd, npmSettings(['rivers-storage', ...typePackages])),
  withoutAddon('Bun', bunAdd, bunSettings(['rivers-storage', ...typePackages])),
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

export const trapsTable: Table = {
  title: 'Traps',
  text: 'Settings and defaults with outcomes that a user may not expect. Each was tried.',
  columns: ['Where', 'Installing', 'Running'],
  rows,
}
