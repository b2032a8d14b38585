// Records how many instructions the pure decisions and a claim in memory take: `.ci/run` fails when they take more.
import { countInstructions, record } from './lib/instructions.mjs'
import { run, stop } from './lib/run.mjs'
import { cargoEnv } from './lib/workspace.mjs'

if (!run('cargo', ['build', '--locked', '--example', 'instructions'], { env: cargoEnv })) stop('It does not build.')
const measured = countInstructions()
record(measured)
console.log(measured)
