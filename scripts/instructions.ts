// Records how many instructions the pure decisions and a claim in memory take: `.ci/run` fails when they take more.
import { countInstructions, record } from './lib/instructions.js'

const measured = countInstructions()
record(measured)
console.log(measured)
