import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { root } from '../setup/root.mjs'
import { output, run } from '../setup/run.mjs'
import type { Suite } from './suites.js'
import { cargoEnv } from './cargo-env.js'
import { surrealqlFeature, targetDir } from './workspace.js'

interface Measured {
  compiler: string | undefined
  architecture: string
  /** Instructions by what was done. */
  counts: Record<string, number>
}

const file = join(root, 'benchmark', 'instructions.json')
/** How much more may be executed than was recorded. */
const TOLERANCE = 0.03
const works = { decide: 1000, staleness: 20, claim: 500, list: 500, 'store-event': 500, 'store-100-events': 20 }

/** Instructions of `times` times the work, start and end of the process included. */
function count(program: string, what: string, times: number): number {
  const out = join(tmpdir(), `rivers-storage-instructions-${process.pid}`)
  const args = ['--tool=callgrind', `--callgrind-out-file=${out}`, program, what, String(times)]
  const { status, stderr } = spawnSync('valgrind', args, { encoding: 'utf8' })
  const collected = status === 0 ? /Collected : (\d+)/.exec(stderr) : null
  if (!collected) throw new Error(`valgrind cannot count ${what}: ${stderr}`)
  return Number(collected[1])
}

/** Of one, by the difference of many and twice as many: what starts and ends the process is in both. */
const ofOne = (program: string, what: string, times: number): number =>
  Math.round((count(program, what, 2 * times) - count(program, what, times)) / times)

/** Our crates without their assertions, which the published addon does not have either. */
const env = (): NodeJS.ProcessEnv => ({ ...cargoEnv(), CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: 'false' })

export function countInstructions(): Measured {
  if (!run('cargo', ['build', '--locked', '--example', 'instructions', ...surrealqlFeature], { env: env() }))
    throw new Error('it does not build')
  const program = join(targetDir, 'debug', 'examples', 'instructions')
  const compiler = output('rustc', ['--version'])?.trim()
  const counts = Object.fromEntries(Object.entries(works).map(([what, times]) => [what, ofOne(program, what, times)]))
  return { compiler, architecture: process.arch, counts }
}

export const record = (measured: Measured): void => writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`)

/** A suite that finds no more executed than was recorded, by the same compiler on the same kind of machine. */
export const instructionsAreAsRecorded: Suite = {
  name: 'instructions',
  async run() {
    const recorded: Measured = JSON.parse(readFileSync(file, 'utf8'))
    const measured = countInstructions()
    const comparable = recorded.compiler === measured.compiler && recorded.architecture === measured.architecture
    if (!comparable) console.log(`recorded by ${recorded.compiler} on ${recorded.architecture}: only shown`)
    const result = { passed: 0, failed: 0 }
    for (const [what, now] of Object.entries(measured.counts)) {
      const before = recorded.counts[what]
      const worse = comparable && !(before !== undefined && now <= before * (1 + TOLERANCE))
      console.log(`${what}: ${now}, recorded ${before}${worse ? ': MORE THAN IT MAY BE' : ''}`)
      if (worse) result.failed++
      else result.passed++
    }
    return result
  },
}
