import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { output } from './run.mjs'
import { cargoEnv, root } from './workspace.mjs'

const file = join(root, 'benchmark', 'instructions.json')
/** How much more may be executed than was recorded. */
const TOLERANCE = 0.05
const works = { decide: 1000, staleness: 20, claim: 500, list: 500 }

/** Instructions of `times` times the work, start and end of the process included. */
function count(program, what, times) {
  const out = join(tmpdir(), `rivers-storage-instructions-${process.pid}`)
  const args = ['--tool=callgrind', `--callgrind-out-file=${out}`, program, what, String(times)]
  const { status, stderr } = spawnSync('valgrind', args, { encoding: 'utf8' })
  const collected = status === 0 ? /Collected : (\d+)/.exec(stderr) : null
  if (!collected) throw new Error(`valgrind cannot count ${what}: ${stderr}`)
  return Number(collected[1])
}

/** Of one, by the difference of many and twice as many: what starts and ends the process is in both. */
const ofOne = (program, what, times) =>
  Math.round((count(program, what, 2 * times) - count(program, what, times)) / times)

export function countInstructions() {
  const program = join(cargoEnv.CARGO_TARGET_DIR, 'debug', 'examples', 'instructions')
  const compiler = output('rustc', ['--version'])?.trim()
  const counts = Object.fromEntries(Object.entries(works).map(([what, times]) => [what, ofOne(program, what, times)]))
  return { compiler, architecture: process.arch, counts }
}

export const record = measured => writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`)

/** A suite that finds no more executed than was recorded, by the same compiler on the same kind of machine. */
export const instructionsAreAsRecorded = {
  name: 'instructions',
  async run() {
    const recorded = JSON.parse(readFileSync(file, 'utf8'))
    const measured = countInstructions()
    const comparable = recorded.compiler === measured.compiler && recorded.architecture === measured.architecture
    if (!comparable) console.log(`recorded by ${recorded.compiler} on ${recorded.architecture}: only shown`)
    const result = { passed: 0, failed: 0 }
    for (const [what, now] of Object.entries(measured.counts)) {
      const before = recorded.counts[what]
      const worse = comparable && !(now <= before * (1 + TOLERANCE))
      console.log(`${what}: ${now}, recorded ${before}${worse ? ': MORE THAN IT MAY BE' : ''}`)
      if (worse) result.failed++
      else result.passed++
    }
    return result
  },
}
