import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/root.mjs'

/** Where the compiled addon's #[napi] attributes leave the types from which binding.d.ts is made. */
export const typesDir = join(root, 'target', 'napi-types')

/** The target folder is outside the checkout: a fresh clone finds the engine compiled, which takes far longer than all the rest. */
export const targetDir = process.env.CARGO_TARGET_DIR || join(homedir(), '.cache', 'rivers-storage', 'target')

/** The folder of the addons that were built to be published. */
export const publishedDir = 'dist'

/** Cargo's arguments for an addon that answers SurrealQL. */
export const surrealqlFeature = ['--features', 'rivers-storage-node/surrealql']

/** Node's arguments that run a TypeScript file. */
export const typescript = (file: string, ...args: string[]): string[] => ['--import', 'tsx', file, ...args]

/** ava's own entry, which needs no shell. */
export const ava = 'node_modules/ava/entrypoints/cli.mjs'

export const addonManifest = join(root, 'crates', 'node', 'Cargo.toml')

const built = ['binding.d.ts', 'index.js', 'index.d.ts', 'index.mjs', 'index.d.mts', 'lib']

/** The files that are generated and committed all the same. Folders are meant with all they hold. */
export const generated = [...built, 'docs/api', 'docs/tables.md']

/** What the published package consists of, beside the addon. */
export const packageFiles = ['package.json', 'binding.js', ...built]

/** What the addon is built from. */
export const addonSources = [
  'Cargo.toml',
  'Cargo.lock',
  'crates/node',
  'crates/node-macros',
  'crates/storage/Cargo.toml',
  'crates/storage/src',
  'crates/surreal/Cargo.toml',
  'crates/surreal/src',
  'crates/surrealql/Cargo.toml',
  'crates/surrealql/src',
  'scripts/rocksdb',
]

/** The folder of the tests with bundlers and test runners, which has packages of its own. */
export const runners = '__test__/runners'

/** The folder of the tests with package managers, which has packages of its own. */
export const install = '__test__/install'

/** The folder of the tests with all package managers, runtimes and bundlers, which has packages of its own. */
export const matrix = '__test__/matrix'
