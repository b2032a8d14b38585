// Records how many instructions the pure decisions and a claim in memory take: `.ci/run` fails when they take more.
import { countInstructions, record } from './lib/instructions.js'
import { cargoEnv } from './lib/workspace.js'
import { run, stop } from './setup/run.mjs'

if (!run('cargo', ['build', '--locked', '--example', 'instructions'], { env: cargoEnv })) stop('It does not build.')
const measured = countInstructions()
record(measured)
console.log(measured)
