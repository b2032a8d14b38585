// Every test there is. `npm test` runs the set-up first.
import { command, counts, runSuites } from './lib/suites.js'
import { cargoEnv } from './lib/cargo-env.js'
import { ava, surrealqlFeature, typescript } from './lib/workspace.js'

void runSuites([
  // With the features of the addon, so that nothing of the engine is compiled twice.
  command('cargo test', 'cargo', ['test', '--locked', '--no-fail-fast', ...surrealqlFeature], {
    count: counts.cargo,
    env: cargoEnv(),
  }),
  command('cargo test, SurrealQL', 'cargo', ['test', '--locked', '-p', 'rivers-storage-surrealql'], {
    count: counts.cargo,
    env: cargoEnv(),
  }),
  // Of its own, since it is of a storage that can make its deliberate mistakes.
  command(
    'cargo test, every history',
    'cargo',
    ['test', '--locked', '-p', 'rivers-storage-exhaustive', '--', '--nocapture'],
    { count: counts.cargo, env: cargoEnv() },
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
    { count: counts.cargo, env: cargoEnv() },
  ),
  command('oracle', process.execPath, typescript('__test__/oracle/main.ts'), { count: counts.closingLine }),
  // `npm run remote` runs those of a store on a server.
  command('ava', process.execPath, [ava, '--tap', '__test__/**/*.spec.ts', '!__test__/remote/**'], {
    count: counts.tap,
  }),
])
