import { readFile, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { inTempDir } from '../helpers/temp.js'

const OWN = join('__test__', 'oracle', 'recorded')

/** The command on a folder with these files. */
const oracle = (files: Record<string, string>): Promise<{ code: number | null; said: string }> =>
  inTempDir(async folder => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const child = spawn(process.execPath, ['--import', 'tsx', join('__test__', 'oracle', 'main.ts')], {
      env: { ...process.env, NODE_OPTIONS: '', ORACLE_DIR: folder },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text))
    const code = await new Promise<number | null>(resolve => child.on('close', resolve))
    return { code, said }
  })

const recorded = (name: string): Promise<string> => readFile(join(OWN, `${name}.json`), 'utf8')

test('a folder of good recordings passes, and counts each in every place', async t => {
  const { code, said } = await oracle({
    'one.json': await recorded('claims__single'),
    'two.json': await recorded('async__parity'),
    'no recording.txt': 'read by nobody',
  })
  t.is(code, 0, said)
  t.regex(said, /^8 passed, 0 failed$/m)
  t.regex(said, /^claims\/single: .*compared/m)
  t.regex(said, /^async\/parity: .*not replayed \(.*a note 1/m)
})

test('a recording that was changed fails, naming scenario, step, field and both values', async t => {
  const changed = (await recorded('claims__single')).replace('"slots_consumed": 1', '"slots_consumed": 7')
  t.not(changed, await recorded('claims__single'))
  const { code, said } = await oracle({ 'changed.json': changed, 'good.json': await recorded('kv__overwrite') })
  t.is(code, 1, said)
  t.regex(said, /^4 passed, 4 failed$/m)
  t.regex(said, /claims\/single: /)
  t.regex(said, /DISAGREES at step 4, get_pool_slot_holders\[ 'db' \]: \[0\]\.slots_consumed should be 7 and is 1/)
})

test('an operation that nobody knows fails', async t => {
  const unknown = (await recorded('kv__overwrite')).replace('"op": "kv_get"', '"op": "kv_divine"')
  const { code, said } = await oracle({ 'unknown.json': unknown })
  t.is(code, 1, said)
  t.regex(said, /unknown operation: kv_divine/)
})

test('a folder without a recording, or with one that cannot be read, fails', async t => {
  const empty = await oracle({})
  t.is(empty.code, 1, empty.said)
  t.regex(empty.said, /no recording/)
  const broken = await oracle({ 'good.json': await recorded('kv__overwrite'), 'broken.json': '{"scenario": "s"' })
  t.is(broken.code, 1, broken.said)
  t.regex(broken.said, /broken\.json/)
})
