import { readFileSync } from 'node:fs'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { drive } from './helpers/driver.js'
import { makeEventful, passing } from './helpers/eventful.js'
import { onBoth } from './helpers/everywhere.js'
import { newSeed } from './helpers/random.js'

// docs/tables.md, held against a store in which a lot has happened.

const page = readFileSync('docs/tables.md', 'utf8')
const questions = Array.from(page.matchAll(/^```surql\n(.*?)^```$/gms), match => match[1]!)
/** Below each table, what can be read without the rest of it. */
const ranges = Array.from(
  page.matchAll(/^\| read without the rest of the table \| \|\n\| --- \| --- \|\n((?:\|.*\n)+)/gm),
  match => Array.from(match[1]!.matchAll(/^\| `([^`]+)`/gm), row => row[1]!),
).flat()
const cheap = Array.from(page.matchAll(/^\| `(FROM [^`]+)` \| (.*) \|$/gm), ([, from, reads]) => ({
  from: from!,
  reads: reads!,
}))

const planOf = (storage: Storage, surql: string): string => storage.querySync<[string]>(`EXPLAIN ${surql}`)[0]

onBoth('every question of the page is answered', async (t, s) => {
  t.true(questions.length >= 11)
  const seed = newSeed()
  t.log(`SEED=${seed}`)
  await makeEventful(drive(s, 'promise'), seed, passing(s, false))
  await s.createRun({ runId: 'run-1' })
  for (const surql of questions) await t.notThrowsAsync(s.query(surql), surql)
})

test('what the page says to be cheap reads a range, and only that', async t => {
  const s = await Storage.memory()
  t.true(ranges.length > 40, String(ranges.length))
  for (const range of ranges) {
    const plan = planOf(s, `SELECT * FROM ${range}`)
    t.regex(plan, /RecordIdScan/, range)
    t.notRegex(plan, /TableScan/, range)
  }
  t.true(cheap.length >= 5)
  for (const { from, reads } of cheap) {
    const plan = planOf(s, `SELECT * ${from}`)
    if (/whole table/.test(reads)) t.regex(plan, /TableScan/, from)
    else if (/the last ten rows of the table/.test(reads)) t.regex(plan, /Backward.*limit/is, from)
    else t.notRegex(plan, /TableScan/, from)
  }
  await s.close()
})

test('the store describes itself as the page does', async t => {
  const s = await Storage.memory()
  const [{ tables }] = s.querySync<[{ tables: Record<string, string> }]>('INFO FOR DB')
  const described = page.split('\n### ').slice(1)
  t.deepEqual(described.map(section => section.split('\n')[0]).toSorted(), Object.keys(tables).toSorted())
  for (const section of described) {
    const name = section.split('\n')[0]!
    const comment = section.split('\n')[2]!
    t.true(
      tables[name]!.includes(comment.split('. ')[0]!.replaceAll("'", "\\'").slice(0, 20)),
      `${name}: ${tables[name]}`,
    )
    const [{ fields }] = s.querySync<[{ fields: Record<string, string> }]>(`INFO FOR TABLE ${name}`)
    const listed = Array.from(section.matchAll(/^\| `(\w+)` \| `/gm), match => match[1]!)
    t.deepEqual(
      listed.toSorted(),
      Object.keys(fields)
        .filter(field => !field.includes('*'))
        .toSorted(),
      name,
    )
    for (const field of listed) t.regex(fields[field]!, / TYPE .* COMMENT /, `${name}.${field}`)
  }
  await s.close()
})
