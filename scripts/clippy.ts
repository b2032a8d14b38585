// Lints all of the Rust. What only some tests need is asked for by itself, as when it is tested: it has other features.
import { cargoEnv } from './lib/cargo-env.js'
import { surrealqlFeature } from './lib/workspace.js'
import { run } from './setup/run.mjs'

const packages = [surrealqlFeature, ['-p', 'rivers-storage-exhaustive'], ['-p', 'rivers-storage-surrealql']]
const clean = packages.every(which =>
  run('cargo', ['clippy', '--locked', '--all-targets', ...which, '--', '-D', 'warnings'], { env: cargoEnv() }),
)
process.exit(clean ? 0 : 1)
