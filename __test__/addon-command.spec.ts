import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { addonFile } from '../scripts/release/addon/name.js'
import { madePe } from './helpers/made-addons.js'
import { inTempDir } from './helpers/temp.js'

// `npm run release -- check FILE …`.

interface Outcome {
  code: number
  stdout: string
}

async function check(...files: string[]): Promise<Outcome> {
  const args = ['--import', 'tsx', 'scripts/release.ts', 'check', ...files]
  try {
    return { code: 0, stdout: (await promisify(execFile)(process.execPath, args)).stdout }
  } catch (error) {
    return error as Outcome
  }
}

test('each file has a line and its faults, and a fault of one fails the command', t =>
  inTempDir(async dir => {
    const write = (name: string, file: Buffer): string => {
      writeFileSync(join(dir, name), file)
      return join(dir, name)
    }
    const good = write(addonFile('win32-x64-msvc'), madePe())
    const bad = write(addonFile('win32-arm64-msvc'), madePe())
    const foreign = write('other.node', madePe())
    const passed = /^ok win32-x64-msvc: 0\.0 MB; needs KERNEL32\.dll/
    const alone = await check(good)
    t.is(alone.code, 0)
    t.regex(alone.stdout, passed)
    const outdated = await check(write(addonFile('win32-x64-msvc'), madePe({ library: 'MSVCP140.dll' })))
    t.is(outdated.code, 1)
    t.regex(outdated.stdout, /\n {2}it needs MSVCP140\.dll \(a fresh Windows lacks .*\)\n$/)
    write(addonFile('win32-x64-msvc'), madePe())
    const { code, stdout } = await check(foreign, bad, good)
    t.is(code, 1)
    const lines = stdout.split('\n')
    t.is(lines[0], 'not ok other.node: 0.0 MB')
    t.is(lines[1], '  it is not named as the addon of any platform')
    t.regex(lines[2]!, /^not ok win32-arm64-msvc: /)
    t.is(lines[3], '  it is for win32-x64-msvc')
    t.regex(lines[4]!, passed)
  }))
