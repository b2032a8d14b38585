// Builds what changed: the addon with its binding, then the TypeScript layer. `surrealql` as an argument compiles
// SurrealDB's executor into it, `dist` makes the addon that is published, which takes minutes more.
import { buildAddon } from './lib/addon.js'
import { run, stop } from './setup/run.mjs'

async function main(): Promise<void> {
  // The times are those of docs/performance.md.
  console.log(
    'Building the addon. The first build compiles a database engine: 14 to 38 minutes on two cores; later ones take seconds.',
  )
  const { addon, isNew, time } = await buildAddon(process.argv[2] === 'dist' ? 'dist' : 'dev', {
    asksForSurrealql: process.argv[2] === 'surrealql',
  })
  console.log(`  ${addon} ${isNew ? 'built' : 'is up to date'} (${time})`)
  if (!run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'src']))
    stop('src/ does not compile: see above.')
}

void main()
