// `npm run crash`: kills processes, damages files and loses the power, and checks that nothing is lost by it
// (docs/durability.md). The last line counts the cases.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSeed } from '../helpers/random.js'
import { parse, type Arguments } from './args.js'
import { KINDS, type Context, type Kind } from './context.js'
import { damageCases } from './damages/cases.js'
import { killCases } from './kills/cases.js'
import { powerCases } from './power/cases.js'
import type { Case } from './report/outcome.js'
import { runCases } from './report/run.js'
import { table } from './report/table.js'

const CASES: Record<Kind, (context: Context, count: number) => Case[] | Promise<Case[]>> = {
  kills: killCases,
  damages: damageCases,
  power: powerCases,
}

async function main({ counts, seed, only, lie }: Arguments): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rivers-crash-')))
  const alone = (kind: Kind, index: number): string =>
    `npm run crash -- ${counts[kind]} --kinds ${kind} --seed ${seed} --only ${index}`
  console.log(`Seed ${seed}.`)
  let passed = 0
  let failed = 0
  for (const kind of KINDS.filter(kind => counts[kind] > 0)) {
    const cases = await CASES[kind]({ seed, lie, folder, alone }, counts[kind])
    const chosen = only === null ? cases : cases.slice(only, only + 1)
    const outcomes = await runCases(chosen, folder, Math.max(2, Math.min(4, availableParallelism())))
    if (outcomes.length > 0) console.log(`\n${table(kind, outcomes)}\n`)
    const wrong = outcomes.filter(outcome => outcome.faults.length > 0).length
    failed += wrong
    passed += outcomes.length - wrong
  }
  if (failed === 0) rmSync(folder, { recursive: true })
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Says what is wrong with the arguments, without a stack. */
function given(): Arguments {
  try {
    return parse(process.argv.slice(2), newSeed)
  } catch (error) {
    console.log((error as Error).message)
    process.exit(2)
  }
}

void main(given())
