import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { placeholder } from '../scripts/release/address.js'
import { containerRuns } from '../scripts/release/containers.js'
import { platforms } from '../scripts/release/packages.js'
import { prepareCommands, preparedPaths } from '../scripts/release/prepare.js'
import { publisherFaults } from '../scripts/release/publisher.js'
import { reportArguments } from '../scripts/release/report.js'
import { untilSeen } from '../scripts/release/seen.js'
import { tagFaults, type Checkout } from '../scripts/release/tag.js'
import { trustCommands } from '../scripts/release/trust.js'
import { root } from '../scripts/setup/root.mjs'

// The decisions of the steps of a release, and what the workflows call.

const checkout: Checkout = {
  version: '1.2.3',
  changelog: '# Changelog\n\n## 1.2.3, 2027-01-31\n\nFirst.\n',
  address: 'https://github.com/owner/name',
}

test('a tag is released if it is that of the version, which the changelog describes with a date', t => {
  const faults = (tag: string, changes: Partial<Checkout> = {}) => tagFaults(tag, { ...checkout, ...changes }).join()
  t.is(faults('v1.2.3'), '')
  t.is(faults('v1.2.4'), 'The tag v1.2.4 is not that of version 1.2.3, v1.2.3.')
  t.regex(faults('v1.2.3', { changelog: '# Changelog' }), /does not describe 1\.2\.3/)
  const later = checkout.changelog.replace('1.2.3,', '1.2.3-rc.1,')
  t.regex(faults('v1.2.3', { changelog: later }), /does not describe 1\.2\.3/)
  const undated = checkout.changelog.replace('2027-01-31', 'not published')
  t.regex(faults('v1.2.3', { changelog: undated }), /not by a day/)
})

test('a tag is released from the repository whose address the packages have', t => {
  const faults = (changes: Partial<Checkout>) => tagFaults('v1.2.3', { ...checkout, ...changes }).join()
  t.is(faults({ repository: checkout.address }), '')
  t.regex(faults({ repository: 'https://github.com/fork/name' }), /npm would refuse provenance/)
  t.is(
    faults({ address: placeholder, repository: checkout.address }),
    'The address of the repository is a placeholder.',
  )
})

test('an npm or a Node that does not know trusted publishing is refused', t => {
  t.deepEqual(publisherFaults({ npm: '11.5.1', node: '22.14.0' }), [])
  t.deepEqual(publisherFaults({ npm: '12.0.0', node: '24.1.0' }), [])
  t.regex(publisherFaults({ npm: '10.9.4', node: '22.14.0' }).join(), /^Trusted publishing needs npm 11\.5\.1 or newer/)
  t.regex(publisherFaults({ npm: '11.5.1', node: '22.9.0' }).join(), /^Trusted publishing needs node 22\.14\.0 or/)
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

test('containers run each platform of Linux and a bare Windows, from the checkout alone', t => {
  const tried = {
    packages: join(root, 'target', 'packages'),
    programs: join(root, 'target', 'programs'),
    node: 'C:\\node',
  }
  const runs = (platform: string) => containerRuns(platform, tried).map(args => args.join(' '))
  for (const platform of Object.keys(platforms).filter(name => name.startsWith('linux')))
    t.deepEqual(
      runs(platform).map(line => /:(\d\d)-/.exec(line)?.[1]),
      ['20', '22', '24'],
    )
  t.regex(runs('win32-x64-msvc').join(), /servercore.* target\/packages target\/programs \S+vcruntime140\.dll$/)
  for (const line of ['linux-x64-gnu', 'win32-x64-msvc'].flatMap(runs)) t.regex(line, /^run --rm --network none /)
  t.throws(() => runs('darwin-x64'), { message: 'No containers run darwin-x64.' })
})

test('each target is prepared by rustup, and where it needs an assembler by that, on the path', t => {
  for (const triple of Object.values(platforms)) {
    const toolchain: string[] = prepareCommands(triple, '1.95')[0]!
    // .ci/run needs both components, and the profile `minimal` has none.
    for (const word of [triple, '1.95', 'clippy', 'rustfmt']) t.true(toolchain.includes(word), word)
  }
  t.true(prepareCommands('x86_64-pc-windows-msvc', '1.95').flat().includes('nasm'))
  t.deepEqual(preparedPaths('x86_64-pc-windows-msvc'), ['C:\\Program Files\\NASM'])
  t.deepEqual(preparedPaths('x86_64-unknown-linux-gnu'), [])
})

const workflows = readdirSync('.github/workflows').map(name => readFileSync(join('.github/workflows', name), 'utf8'))

test('the workflows build the targets of the packages, and run what this checkout has', t => {
  const text = workflows.join('\n')
  const built = Array.from(text.matchAll(/platform: ([\w-]+),?\s+triple: ([\w-]+)/gi), ([, name, triple]) => [
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

test('a workflow has no right of its own, and the job that publishes alone may get a token', t => {
  for (const text of workflows) t.regex(text, /^permissions: \{\}$/m)
  const jobs = workflows.flatMap(text => text.split(/^ {2}(?=[\w-]+:\n)/m))
  const named = jobs.filter(job => job.includes('id-token: write')).map(job => job.split(':')[0])
  t.deepEqual(named, ['publish'])
})

test('variables in commands are read by a shell that knows them on Windows, too', t => {
  for (const text of workflows.filter(text => /\bwindows-/.test(text)))
    t.regex(text, /^defaults:\n {2}run:\n {4}shell: bash$/m)
})
