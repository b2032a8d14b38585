import { spawn } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { inTempDir } from '../helpers/temp.js'
import { parse } from './args.js'
import type { Kind, Lie } from './context.js'

// The harness has to find losses: where it makes them itself, it does.

interface Run {
  code: number | null
  output: string
}

const runHarness = (args: readonly string[]): Promise<Run> =>
  inTempDir(
    dir =>
      new Promise((resolve, reject) => {
        const node = ['--import', 'tsx', join(__dirname, 'main.ts'), ...args]
        // What a run leaves of failed cases goes with the folder.
        const env = { ...process.env, TMPDIR: dir, NODE_OPTIONS: '' }
        const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'], env })
        let output = ''
        child.stdout.setEncoding('utf8').on('data', text => (output += text))
        child.on('error', reject)
        child.on('close', code => resolve({ code, output }))
      }),
  )

function finds(lie: Lie, kind: Kind, count: number, fault: RegExp): void {
  test(`a harness that lies is found out: ${lie}`, async t => {
    const { code, output } = await runHarness([String(count), '--kinds', kind, '--seed', '1', '--lie', lie])
    if (output.includes('No losses of power')) return void t.pass()
    t.is(code, 1, output)
    t.regex(output, fault)
    t.notRegex(output, /the test itself failed/)
    t.regex(output, /\n\d+ passed, [1-9]\d* failed\n$/)
  })
}

finds('forget-ack', 'kills', 4, /FAULT: wrong data/)
finds('invent-ack', 'kills', 1, /FAULT: wrong data/)
finds('forget-folder-syncs', 'power', 6, /FAULT: (wrong data|false alarm)/)
finds('drop-page', 'power', 6, /FAULT: (wrong data|false alarm)/)
finds('hide-errors', 'damages', 8, /FAULT: silently wrong/)
finds('change-refused', 'damages', 8, /FAULT: refused, and changed files/)

test('arguments that make no sense are refused', t => {
  for (const args of [['x'], ['1', '--kinds', 'fires'], ['1', '--speed', '9']]) {
    t.throws(() => parse(args, () => 1), { message: /npm run crash -- \[N/ })
  }
  t.deepEqual(parse(['30', '60', '10'], () => 1).counts, { kills: 30, damages: 60, power: 10 })
  t.deepEqual(parse(['7', '--kinds', 'damages'], () => 1).counts, { kills: 0, damages: 7, power: 0 })
})
