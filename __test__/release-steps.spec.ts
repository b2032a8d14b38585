import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { containerRuns } from '../scripts/release/containers.js'
import { platforms } from '../scripts/release/packages.js'
import { prepareCommands } from '../scripts/release/prepare.js'
import { reportArguments } from '../scripts/release/report.js'
import { untilSeen } from '../scripts/release/seen.js'
import { tagFaults } from '../scripts/release/tag.js'
import { trustCommands } from '../scripts/release/trust.js'

// The decisions of the steps of a release, and what the workflows call.

test('a tag is released if it is that of the version, which the changelog describes with a date', t => {
  const dated = '# Changelog\n\n## 1.2.3, 2027-01-31\n\nFirst.\n'
  t.deepEqual(tagFaults('v1.2.3', '1.2.3', dated), [])
  t.regex(tagFaults('v1.2.4', '1.2.3', dated).join(), /^The tag v1\.2\.4 is not that of version 1\.2\.3, v1\.2\.3\.$/)
  t.regex(tagFaults('v1.2.3', '1.2.3', '# Changelog').join(), /does not describe 1\.2\.3/)
  t.regex(tagFaults('v1.2.3', '1.2.3', dated.replace('2027-01-31', 'not published')).join(), /not by a day/)
})

test('the registry is asked until it shows all', async t => {
  const asked: string[] = []
  const appears = new Map([
    ['a', 1],
    ['b', 3],
  ])
  const isSeen = async (name: string) => {
    asked.push(name)
    return asked.filter(other => other === name).length >= appears.get(name)!
  }
  await untilSeen(['a', 'b'], isSeen, { everyMs: 0, attempts: 3 })
  t.deepEqual(asked, ['a', 'b', 'b', 'b'])
  asked.length = 0
  await t.throwsAsync(untilSeen(['a', 'b'], isSeen, { everyMs: 0, attempts: 2 }), { message: /does not show b yet/ })
})

test('each package is trusted by a command, with the repository of the address', t => {
  const [first] = trustCommands(['a', 'b'], 'https://github.com/owner/name')
  t.is(first, 'npm trust github a --repo owner/name --file release.yml --env npm --allow-publish --yes')
})

test('a nightly failure opens an issue, and adds to it while it is open', t => {
  t.deepEqual(reportArguments('[]', 'URL').slice(0, 2), ['issue', 'create'])
  t.deepEqual(reportArguments('[{"number":7}]', 'URL').slice(0, 3), ['issue', 'comment', '7'])
})

test('containers run each platform of Linux and a bare Windows', t => {
  for (const platform of Object.keys(platforms).filter(name => name.startsWith('linux')))
    t.deepEqual(
      containerRuns(platform, 'target/packages', '').map(args => /:(\d\d)-/.exec(args.join(' '))?.[1]),
      ['20', '22', '24'],
    )
  t.regex(containerRuns('win32-x64-msvc', 'target/packages', 'C:\\node').join(' '), /servercore.*try\.mjs/)
  t.throws(() => containerRuns('darwin-x64', '', ''), { message: 'No containers run darwin-x64.' })
})

test('each target is prepared by rustup, and where it needs an assembler by that', t => {
  for (const triple of Object.values(platforms)) t.true(prepareCommands(triple, '1.95')[0]!.includes(triple))
  t.true(prepareCommands('x86_64-pc-windows-msvc', '1.95').flat().includes('nasm'))
})

const workflows = readdirSync('.github/workflows').map(name => readFileSync(join('.github/workflows', name), 'utf8'))

test('the workflows build the targets of the packages, and run what this checkout has', t => {
  const text = workflows.join('\n')
  const built = Array.from(text.matchAll(/platform: ([\w-]+),\s+triple: ([\w-]+)/g), ([, name, triple]) => [
    name!,
    triple!,
  ])
  t.deepEqual(Object.fromEntries(built), platforms)
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const commands = readFileSync('scripts/release.ts', 'utf8')
  for (const [, script, command] of text.matchAll(/npm run ([\w:]+)(?: -- ([a-z]+))?/g)) {
    t.not(scripts[script!], undefined, script)
    if (script === 'release') t.true(commands.includes(`command === '${command}'`), command)
  }
})

test('each action is pinned by a commit, with its tag beside it', t => {
  const used = workflows.join('\n').match(/uses: .*/g)!
  t.true(used.length > 5)
  for (const line of used) t.regex(line, /^uses: actions\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/)
})
