// Builds SurrealDB's own server, which takes an hour on two busy cores. With arguments, runs it:
// `npm run server -- start --unauthenticated memory`.
import { serverBinary } from './lib/server.js'
import { cargoEnv } from './lib/workspace.js'
import { run, stop } from './setup/run.mjs'

if (!run('cargo', ['build', '--locked', '-p', 'rivers-storage-server'], { env: cargoEnv })) {
  stop('The server does not build: see above.')
}
const args = process.argv.slice(2)
process.exit(args.length === 0 || run(serverBinary, args) ? 0 : 1)
