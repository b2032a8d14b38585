// Builds SurrealDB's own server, which takes an hour on two busy cores. With arguments, runs it:
// `npm run server -- start --unauthenticated memory`.
import { cargoEnv } from './lib/cargo-env.js'
import { compileRocksdb } from './lib/rocksdb.js'
import { serverBinary } from './lib/server.js'
import { run, stop } from './setup/run.mjs'

async function main(): Promise<void> {
  await compileRocksdb()
  if (!run('cargo', ['build', '--locked', '-p', 'rivers-storage-server'], { env: cargoEnv() })) {
    stop('The server does not build: see above.')
  }
  const args = process.argv.slice(2)
  process.exit(args.length === 0 || run(serverBinary, args) ? 0 : 1)
}

void main()
