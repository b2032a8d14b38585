// Builds what changed: the addon with its binding, then the TypeScript layer. `surrealql` as an argument compiles
// SurrealDB's executor into it, `dist` makes the addon that is published, which takes minutes more, with `--target TRIPLE`
// the one for that target, in the folder dist.
import { parseArgs } from 'node:util'
import { buildAddon, buildPublished } from './lib/addon.js'
import { compileRocksdb } from './lib/rocksdb.js'
import { run, stop } from './setup/run.mjs'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { target: { type: 'string' } } })
const [kind] = positionals

async function main(): Promise<void> {
  // The times are those of docs/performance.md.
  console.log(
    'Building the addon. The first build compiles a database engine: 14 to 38 minutes on two cores; later ones take seconds.',
  )
  if (values.target === undefined) await compileRocksdb()
  else if (kind !== 'dist') stop('--target goes with dist: npm run build:dist -- --target TRIPLE')
  const { addon, isNew, time } =
    values.target === undefined
      ? await buildAddon(kind === 'dist' ? 'dist' : 'dev', { asksForSurrealql: kind === 'surrealql' })
      : await buildPublished(values.target)
  console.log(`  ${addon} ${isNew ? 'built' : 'is up to date'} (${time})`)
  if (!run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'src']))
    stop('src/ does not compile: see above.')
}

void main()
