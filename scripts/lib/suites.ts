import { elapsed } from './progress.js'
import { runAndKeep } from './run-and-keep.js'

interface Counts {
  passed: number
  failed: number
}

export interface Result extends Counts {
  /** The tests that failed, one a line. */
  names?: string[]
  /** Why it did not run. */
  skipped?: string
}

export interface Suite {
  name: string
  run: () => Promise<Result>
}

type Count = (text: string) => Counts

const sum = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0)

/** Ways to read how many tests passed and failed from what a suite printed. */
export const counts: Record<'cargo' | 'tap' | 'closingLine', Count> = {
  cargo: text => ({
    passed: sum(text, /^test result: .*? (\d+) passed;/gm),
    failed: sum(text, /^test result: .*? (\d+) failed;/gm),
  }),
  tap: text => ({ passed: sum(text, /^# pass (\d+)/gm), failed: sum(text, /^# fail (\d+)/gm) }),
  closingLine: text => {
    const last = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
    return { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0) }
  },
}

/** The lines by which cargo and ava name a test that failed, and what these scripts print of one. */
const failures = (text: string): string[] => text.match(/^(?:test .* \.\.\. FAILED|not ok .*|  failed: .*)$/gm) ?? []

/** A suite that is a command. Without a way to count, it is one check. */
export const command = (
  name: string,
  program: string,
  args: string[],
  { count, env }: { count?: Count; env?: NodeJS.ProcessEnv } = {},
): Suite => ({
  name,
  async run() {
    const { code, stdout } = await runAndKeep(program, args, { env, shell: process.platform === 'win32' })
    if (!count) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
    const names = failures(stdout)
    const { passed, failed } = count(stdout)
    // A suite that broke off, or found no test, has failed even if no test has.
    const broken = failed === 0 && (code !== 0 || passed === 0)
    return { passed, failed: broken ? 1 : failed, names }
  },
})

/**
 * Runs every suite, whatever becomes of the others; then names what failed and what was skipped, and the last line
 * printed is the sum.
 */
export async function runSuites(suites: Suite[]): Promise<void> {
  const total = { passed: 0, failed: 0 }
  const broken: string[] = []
  const left: string[] = []
  for (const { name, run } of suites) {
    const start = Date.now()
    console.log(`\n=== ${name}`)
    const { passed, failed, skipped, names = [] } = await run()
    const outcome = skipped ? 'skipped' : failed === 0 ? 'passed' : 'FAILED'
    console.log(`--- ${name}: ${outcome} (${elapsed(Date.now() - start)})`)
    if (skipped) left.push(`skipped: ${name} (${skipped})`)
    total.passed += passed
    total.failed += failed
    if (failed > 0) broken.push(name, ...names.map(line => `  failed: ${line.replace(/^ *failed: /, '')}`))
  }
  // Once more and last: of a long output, often only the end is kept.
  console.log(broken.length === 0 ? '' : `\nFailed:\n${broken.join('\n')}`)
  for (const line of left) console.log(line)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 ? 0 : 1
}
