import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from '../setup/root.mjs'
import { output, run } from '../setup/run.mjs'
import { pythonTools } from './python.js'
import type { Suite } from './suites.js'
import { targetDir } from './workspace.js'

/** The version in the name of its folder: another one is installed apart. */
const ACTIONLINT = 'v1.7.12'

const folder = '.github/workflows'

/** The path of actionlint, installed unless it is there. Undefined without Go. */
function actionlint(): string | undefined {
  const commands = join(targetDir, `actionlint-${ACTIONLINT}`)
  const command = join(commands, 'actionlint')
  if (output(command, ['--version'])) return command
  const env = { ...process.env, GOBIN: commands }
  return run('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${ACTIONLINT}`], { env })
    ? command
    : undefined
}

/** Checks the workflows and the shell scripts. actionlint also checks the shell code in the workflows, by shellcheck. */
export const workflows: Suite = {
  name: 'workflows',
  async run() {
    const files = readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
    const commands = pythonTools('workflow-checks', 'scripts/workflows/requirements.txt')
    const lint = actionlint()
    const env = { ...process.env, PATH: [...(commands ? [commands] : []), process.env.PATH].join(delimiter) }
    const checks: [name: string, command: string | undefined, args: string[]][] = [
      ['actionlint', lint, files],
      ['zizmor', commands && join(commands, 'zizmor'), ['--offline', '--quiet', ...files]],
      ['shellcheck', commands && join(commands, 'shellcheck'), ['.ci/run']],
    ]
    const [there, missing] = [checks.filter(([, command]) => command), checks.filter(([, command]) => !command)]
    const failed = there.filter(([, command, args]) => {
      const { status } = spawnSync(command!, args, { cwd: root, env, stdio: 'inherit' })
      return status !== 0
    })
    for (const [name] of failed) console.log(`not ok ${name}`)
    const counted = { passed: there.length - failed.length, failed: failed.length }
    if (failed.length > 0 || missing.length === 0) return counted
    return { ...counted, skipped: `${missing.map(([name]) => name).join(', ')}: needs Go, and Python with venv` }
  },
}
