// The tests, and all that a machine can see besides.
import { generatedAreCurrent } from './lib/generated.mjs'
import { instructionsAreAsRecorded } from './lib/instructions.mjs'
import { linked } from './lib/linked.mjs'
import { command, counts, runSuites } from './lib/suites.mjs'
import { whenChanged } from './lib/when-changed.mjs'
import { addonSources, packageFiles, runners } from './lib/workspace.mjs'

const script = (name, title = name) => command(title, 'npm', ['run', '--silent', name])

const bundlersAndRunners = whenChanged(
  'runners',
  [...packageFiles, ...addonSources, runners, '__test__/helpers', 'scripts/runners.mjs'],
  command('bundlers and test runners', process.execPath, ['scripts/runners.mjs', '--tap'], { count: counts.tap }),
)

const crashes = whenChanged(
  'crash',
  [...addonSources, '__test__/crash', '__test__/helpers'],
  command(
    'kills, damages and power losses',
    process.execPath,
    ['--import', 'tsx', '__test__/crash/main.ts', '30', '60', '10'],
    {
      count: counts.closingLine,
    },
  ),
)

// Made before anything is built, so that it sees the files as they came.
const generated = generatedAreCurrent()

await runSuites([
  command('npm test', 'npm', ['test', '--silent'], { count: counts.closingLine }),
  command('rustfmt', 'cargo', ['fmt', '--all', '--check']),
  script('lint:rust', 'clippy'),
  script('lint', 'oxlint'),
  script('typecheck', 'types of tests and examples'),
  script('format:check', 'prettier'),
  script('contract'),
  script('floors'),
  linked,
  bundlersAndRunners,
  crashes,
  // After the tests: they built what is counted.
  instructionsAreAsRecorded,
  generated,
])
