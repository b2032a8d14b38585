// Runs cargo as the other scripts do, so that it shares what they built: `node scripts/cargo.mjs test -p rivers-storage`.
import { run } from './lib/run.mjs'
import { cargoEnv } from './lib/workspace.mjs'

process.exit(run('cargo', process.argv.slice(2), { env: cargoEnv }) ? 0 : 1)
