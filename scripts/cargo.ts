// Runs cargo as the other scripts do, so that it shares what they built: `npm run cargo -- test -p rivers-storage`.
import { cargoEnv } from './lib/cargo-env.js'
import { run } from './setup/run.mjs'

process.exit(run('cargo', process.argv.slice(2), { env: cargoEnv() }) ? 0 : 1)
