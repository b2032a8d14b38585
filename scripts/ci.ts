// The tests, and all that a machine can see besides.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { generatedAreCurrent } from './lib/generated.js'
import { instructionsAreAsRecorded } from './lib/instructions.js'
import { hasServer } from './lib/server.js'
import { linked } from './lib/linked.js'
import { command, counts, runSuites, type Suite } from './lib/suites.js'
import { whenChanged } from './lib/when-changed.js'
import { workflows } from './lib/workflows.js'
import { addonSources, ava, install, packageFiles, publishedDir, runners, typescript } from './lib/workspace.js'
import { checkFiles } from './release/check.js'

const script = (name: string, title = name): Suite => command(title, 'npm', ['run', '--silent', name])

/** Some 30 s of `npm run remote`. */
const serverSpecs = [
  'assets',
  'claims',
  'ending',
  'events',
  'kv',
  'leases',
  'lists',
  'many-workers',
  'pools',
  'queue',
  'runs',
  'slots',
  'waiters',
].map(name => `__test__/${name}.spec.ts`)

const bundlersAndRunners = whenChanged(
  'runners',
  [...packageFiles, ...addonSources, runners, '__test__/helpers', 'scripts/runners.ts'],
  command('bundlers and test runners', process.execPath, typescript('scripts/runners.ts', '--tap'), {
    count: counts.tap,
  }),
)

const installed = whenChanged(
  'test:install',
  [...packageFiles, ...addonSources, 'npm', 'licenses', 'NOTICE', 'README.md', 'scripts/release', install, runners],
  command('packages from a registry', process.execPath, typescript('scripts/install.ts', '--tap'), {
    count: counts.tap,
  }),
)

/** Those for other targets are built by command alone. */
const publishedAddons: Suite = {
  name: 'built addons',
  async run() {
    const files = existsSync(publishedDir) ? readdirSync(publishedDir).filter(name => name.endsWith('.node')) : []
    if (files.length === 0) return { passed: 0, failed: 0, skipped: 'npm run build:dist -- --target … builds them' }
    const passes = checkFiles(
      '.',
      files.map(name => join(publishedDir, name)),
    )
    return { passed: passes ? 1 : 0, failed: passes ? 0 : 1 }
  },
}

const crashes = whenChanged(
  'crash',
  [...addonSources, '__test__/crash', '__test__/helpers'],
  command('kills, damages and power losses', process.execPath, typescript('__test__/crash/main.ts', '30', '60', '10'), {
    count: counts.closingLine,
  }),
)

// Without __test__/heavy/beside.ts, which measures a rate.
const limitsOfQueries = whenChanged(
  'heavy',
  [...addonSources, '__test__/heavy', '__test__/helpers'],
  command('limits of queries', process.execPath, [ava, '--tap', '__test__/heavy/*.heavy.ts'], { count: counts.tap }),
)

// The server takes long to build, so it is used only where somebody has built it.
const whereThereIsAServer = (suite: Suite): Suite =>
  hasServer()
    ? suite
    : { ...suite, run: async () => ({ passed: 0, failed: 0, skipped: 'npm run server builds the server' }) }

const onServer = whereThereIsAServer(
  command('a store on a server', process.execPath, typescript('scripts/remote.ts', '--tap', ...serverSpecs), {
    count: counts.tap,
  }),
)

const processesAndFaults = whereThereIsAServer(
  whenChanged(
    'remote',
    [...addonSources, '__test__/remote', '__test__/faults', '__test__/helpers', 'examples', 'scripts/lib/server.ts'],
    command('processes and faults of a server', process.execPath, [ava, '--tap', '__test__/remote/*.spec.ts'], {
      count: counts.tap,
    }),
  ),
)

// It builds our crates once more, without their assertions.
const instructions = whenChanged(
  'instructions',
  [...addonSources, 'crates/surreal/examples', 'benchmark/instructions.json', 'scripts/lib/instructions.ts'],
  instructionsAreAsRecorded,
)

// Made before anything is built, so that it sees the files as they came.
const generated = generatedAreCurrent()

void runSuites([
  command('npm test', 'npm', ['test', '--silent'], { count: counts.closingLine }),
  command('rustfmt', 'cargo', ['fmt', '--all', '--check']),
  script('lint:rust', 'clippy'),
  // After clippy: both need the engine's metadata, which clippy has compiled.
  script('lint:rustdoc', 'rustdoc'),
  script('lint', 'oxlint'),
  script('typecheck', 'types of tests, examples and scripts'),
  script('format:check', 'prettier'),
  script('contract'),
  script('floors'),
  linked,
  command('notices and SBOM', process.execPath, typescript('scripts/release.ts', 'notices', '--check')),
  publishedAddons,
  whenChanged('workflows', ['.github', '.ci', 'scripts/workflows', 'scripts/lib/workflows.ts'], workflows),
  bundlersAndRunners,
  installed,
  crashes,
  limitsOfQueries,
  onServer,
  processesAndFaults,
  instructions,
  generated,
])
