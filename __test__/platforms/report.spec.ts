import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { withTable } from './page.js'
import { chooseSpecs } from './specs.js'
import { tallyOf } from './tap.js'

test('every spec is run or named, with why it is not', t => {
  for (const isEmulated of [false, true]) {
    const { specs, others } = chooseSpecs({ isEmulated })
    t.true(specs.includes('__test__/oracle/replay.spec.ts'))
    t.true(others['need a server']!.includes('remote/sharing'))
    t.true(others['test the repository']!.includes('platforms/report'))
  }
})

test('on an emulator the specs that start processes are left out, also those that do so by a helper', t => {
  const { specs, others } = chooseSpecs({ isEmulated: true })
  t.true(others['start processes']!.includes('exit'))
  t.true(specs.includes('__test__/kv.spec.ts'))
  for (const spec of specs) t.notRegex(readFileSync(join(__dirname, '..', '..', spec), 'utf8'), /node:child_process/)
})

const end = (pass: number, fail: number): string => `1..3\n# tests 3\n# pass ${pass}\n# fail ${fail}\n`

test('a report counts passed tests, and names skipped ones', t => {
  t.deepEqual(tallyOf(`TAP version 13\nok 1 - a\nok 2 - b (needs c) # SKIP\n${end(1, 0)}`), {
    passed: 1,
    skipped: ['b (needs c)'],
  })
})

for (const [what, tap] of Object.entries({ 'a failure': end(2, 1), 'no test': end(0, 0), 'no end': 'ok 1 - a\n' }))
  test(`a report with ${what} is refused`, t => {
    t.throws(() => tallyOf(tap), { message: /^No report of passed tests alone/ })
  })

test('a table replaces that of its heading alone', t => {
  const page = '# Page\n\n## a\n\nold\n\n## b\n\nkept\n'
  t.is(withTable(page, 'a', '## a\n\nnew'), '# Page\n\n## a\n\nnew\n\n## b\n\nkept\n')
  t.is(withTable(page, 'b', '## b\n\nnew'), '# Page\n\n## a\n\nold\n\n## b\n\nnew\n')
  t.throws(() => withTable(page, 'c', ''), { message: /no heading c/ })
})
