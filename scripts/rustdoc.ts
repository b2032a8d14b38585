// Checks the documentation of the default members, private items included. Clippy does not resolve links.
import { cargoEnv } from './lib/cargo-env.js'
import { surrealqlFeature } from './lib/workspace.js'
import { run } from './setup/run.mjs'

const env = { ...cargoEnv(), RUSTDOCFLAGS: '-D warnings' }
process.exit(
  run('cargo', ['doc', '--locked', '--no-deps', '--document-private-items', ...surrealqlFeature], { env }) ? 0 : 1,
)
