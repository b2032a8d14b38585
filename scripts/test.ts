// Every test there is. `npm test` runs the set-up first.
import { command, counts, runSuites } from './lib/suites.js'
import { cargoEnv, typescript } from './lib/workspace.js'

console.log(
  `The first time, this compiles SurrealDB's query executor, for the tests alone: about as long again as the first build.`,
)
void runSuites([
  command('cargo test', 'cargo', ['test', '--locked', '--no-fail-fast'], { count: counts.cargo, env: cargoEnv }),
  // Of its own, since it asks for other features of many crates: the engine's executor is compiled for these tests only.
  command('cargo test, SurrealQL', 'cargo', ['test', '--locked', '-p', 'rivers-storage-surrealql'], {
    count: counts.cargo,
    env: cargoEnv,
  }),
  // Of its own, since it is of a storage that can make its deliberate mistakes.
  command(
    'cargo test, every history',
    'cargo',
    ['test', '--locked', '-p', 'rivers-storage-exhaustive', '--', '--nocapture'],
    { count: counts.cargo, env: cargoEnv },
  ),
  command(
    'cargo test, deliberate mistakes',
    'cargo',
    [
      'test',
      '--locked',
      '-p',
      'rivers-storage',
      '--features',
      'mutants',
      '--test',
      'invariants',
      '--test',
      'pools_model',
      '--test',
      'simulation',
    ],
    { count: counts.cargo, env: cargoEnv },
  ),
  command('oracle', process.execPath, typescript('__test__/oracle/main.ts'), { count: counts.closingLine }),
  command('ava', process.execPath, ['node_modules/ava/entrypoints/cli.mjs', '--tap'], { count: counts.tap }),
])
