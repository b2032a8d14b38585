import { passes, type Command } from './commands.js'
import { installedProject } from './installed-project.js'
import type { Row, Table } from './rows.js'
import { bun, deno, nodes, type Tool } from './tools.js'

const programs = ['main.cjs', 'main.mjs', 'typed.ts']

const row = (name: string, { version }: Tool, command: Command, skipped: string[] = []): Row => ({
  name,
  async run(place) {
    const project = await installedProject(place)
    const cells: string[] = []
    for (const program of programs) {
      const isSkipped = skipped.includes(program)
      if (!isSkipped) await passes(command, program, project)
      cells.push(isSkipped ? '–' : 'ran')
    }
    return [version, ...cells]
  },
})

const nodeRow = (node: Tool): Row => {
  const [major] = node.version.split('.')
  // It runs no TypeScript.
  return row(`Node ${major}`, node, node.command, major === '20' ? ['typed.ts'] : [])
}

/** All that the package needs, also for a store in a folder: Deno asks no addon for rights. */
const rights = ['--allow-ffi', '--allow-read', '--allow-env']

export const runtimesTable: Table = {
  title: 'Runtimes',
  text: `Installed by npm. Programs in TypeScript ran as they are; Node 20 cannot do that. Deno had the rights \`${rights.join(' ')}\`.`,
  columns: ['Runtime', 'Version', 'CommonJS', 'ES modules', 'TypeScript'],
  rows: [
    ...nodes.map(nodeRow),
    row('Bun', bun, bun.command),
    row('Deno', deno, [...deno.command, 'run', '--no-prompt', ...rights]),
  ],
}
