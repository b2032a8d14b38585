import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { inTempDir } from '../helpers/temp.js'

/** One more than the listeners of one kind that Node takes without a warning. */
const FILES = 11

/** A test file as the runner takes it. */
export interface TestFile {
  /** What its name ends with. */
  suffix: string
  source: string
  /** How many tests are in it. */
  tests: number
}

const checksOf = require('./checks.cjs') as (rivers: object) => Record<string, () => unknown>
export const titles = Object.keys(checksOf({}))

/** What jest and vitest report alike. */
interface Report {
  numPassedTests: number
  numFailedTests: number
  testResults: { message: string; assertionResults: { failureMessages: string[] }[] }[]
}

/**
 * A project with the package installed and many equal test files, run by a test runner: every test passes, and each
 * process in which the package was loaded got one exit listener and no warning. Gives the number of these processes.
 */
export async function passes(
  t: ExecutionContext,
  { suffix, source, tests }: TestFile,
  program: string,
  args: (report: string) => string[],
): Promise<number> {
  return inTempDir(async dir => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'), 'junction')
    mkdirSync(join(dir, 'tests'))
    for (let i = 0; i < FILES; i++) writeFileSync(join(dir, 'tests', `${i}.${suffix}`), source)
    writeFileSync(join(dir, 'package.json'), '{}')
    const [report, observed] = [join(dir, 'report.json'), join(dir, 'observed')]
    const printed = await run([join(process.cwd(), 'node_modules', program), ...args(report)], dir, {
      OBSERVED: observed,
      NODE_OPTIONS: `--require ${JSON.stringify(join(process.cwd(), 'observer.cjs'))}`,
    })
    if (!existsSync(report)) throw new Error(`it reported nothing: ${printed}`)
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const messages = testResults.flatMap(({ message, assertionResults }) => [
      message,
      ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
    ])
    t.deepEqual([numFailedTests, numPassedTests], [0, FILES * tests], messages.join('\n') || printed)
    const lines = existsSync(observed) ? readFileSync(observed, 'utf8').trim().split('\n') : []
    const said = lines.map(line => JSON.parse(line) as { process: number; what: string })
    t.deepEqual(
      said.filter(({ what }) => what !== 'listener'),
      [],
    )
    t.is(new Set(said.map(({ process }) => process)).size, said.length, 'a process has several listeners')
    return said.length
  })
}

/** What a Node process prints, to the end of which it waits. */
function run(args: string[], cwd: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (printed += text))
    child.on('error', reject)
    child.on('close', () => resolve(printed))
  })
}
