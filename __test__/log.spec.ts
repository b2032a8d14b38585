import { copyFileSync, cpSync, rmSync, statSync, truncateSync } from 'node:fs'
import { basename, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { startChild } from './helpers/child.js'
import { withStorage } from './helpers/everywhere.js'
import { differences, filesOf, flip, killedStore, snapshot, wholeRows } from './helpers/folder.js'
import { isError, rejects } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'

/** The opening says so, twice, and changes nothing; with the file as it was, every row is there. */
async function noticed(t: ExecutionContext, path: string, file: string, rows: number, bytes: number): Promise<void> {
  const damaged = snapshot(path)
  for (let again = 0; again < 2; again++) {
    isError(
      t,
      t.throws(() => Storage.embeddedSync(path)),
      'ERR_CORRUPT',
      new RegExp(basename(file)),
    )
    await rejects(t, 'ERR_CORRUPT', () => Storage.embedded(path), new RegExp(basename(file)))
  }
  t.deepEqual(differences(damaged, snapshot(path)), [])
  copyFileSync(`${path}-file`, file)
  await withStorage(Storage.embedded(path), async s => t.is(await wholeRows(s, rows, bytes), rows))
}

/** The log with the most in it, kept beside the store. */
function log(path: string): string {
  const [longest] = filesOf(path, '.log').toSorted((a, b) => statSync(b).size - statSync(a).size)
  copyFileSync(longest!, `${path}-file`)
  return longest!
}

for (const percent of [0, 5, 50, 99]) {
  test(`a bit that flipped at ${percent} % of a killed store’s log is noticed`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      killedStore(path, 100, 100)
      const file = log(path)
      flip(file, Math.floor((statSync(file).size - 1) * (percent / 100)))
      await noticed(t, path, file, 100, 100)
    }))
}

for (const percent of [0, 5, 50, 99]) {
  test(`a killed store’s log that was cut to ${percent} % is noticed`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      killedStore(path, 100, 100)
      const file = log(path)
      truncateSync(file, Math.floor(statSync(file).size * (percent / 100)))
      await noticed(t, path, file, 100, 100)
    }))
}

test('a killed store’s log that is gone is noticed', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    killedStore(path, 100, 100)
    const file = log(path)
    rmSync(file)
    isError(
      t,
      t.throws(() => Storage.embeddedSync(path)),
      'ERR_CORRUPT',
      new RegExp(`'${basename(file)}' is missing`),
    )
    copyFileSync(`${path}-file`, file)
    await withStorage(Storage.embedded(path), async s => t.is(await wholeRows(s, 100, 100), 100))
  }))

// A log is done with after 16 MiB, and written over when a table holds its rows.
const ROWS = 90
const BYTES = 512 << 10

test('where logs were switched, flushed and written over, each damage is noticed or of rows that a table holds', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    killedStore(path, ROWS, BYTES)
    const outcomes = new Set<string>()
    for (const file of filesOf(path, '.log')) {
      for (const at of [0.02, 0.5]) {
        const copy = join(dir, 'copy')
        cpSync(path, copy, { recursive: true })
        flip(join(copy, basename(file)), Math.floor(statSync(file).size * at))
        outcomes.add(await outcomeOf(t, copy))
        rmSync(copy, { recursive: true })
      }
    }
    t.deepEqual([...outcomes].toSorted(), ['noticed', 'whole'])
    t.is(await outcomeOf(t, path), 'whole')
  }))

async function outcomeOf(t: ExecutionContext, path: string, named = /\.log/): Promise<string> {
  try {
    await withStorage(Storage.embedded(path), async s => t.is(await wholeRows(s, ROWS, BYTES), ROWS))
    return 'whole'
  } catch (error) {
    isError(t, error, 'ERR_CORRUPT', named)
    return 'noticed'
  }
}

test('of two logs that are needed, the older one is missed as well', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const child = startChild(async ({ Storage }, path, say) => {
      const s = await Storage.embedded(path)
      const logs = (): number =>
        require('node:fs')
          .readdirSync(path)
          .filter((name: string) => name.endsWith('.log')).length
      let rows = 0
      // Values that stay in the tables, in writes of many callers: a log is switched long before its table is written.
      const row = (): Promise<void> => s.kvSet(`k${rows++}`, require('node:crypto').randomBytes(4000))
      while (logs() < 2) await Promise.all(Array.from({ length: 64 }, row))
      say(rows)
      process.kill(process.pid, 'SIGKILL')
    }, path)
    const rows = (await child.heard(() => true)) as number
    await child.ended
    const outcomes = []
    for (const file of filesOf(path, '.log')) {
      for (const damage of [
        rmSync,
        (path: string) => truncateSync(path),
        (path: string) => truncateSync(path, 1 << 20),
      ]) {
        const copy = join(dir, 'copy')
        cpSync(path, copy, { recursive: true })
        damage(join(copy, basename(file)))
        outcomes.push(await keysOf(t, copy))
        rmSync(copy, { recursive: true })
      }
    }
    for (const outcome of outcomes) t.true(outcome === 'ERR_CORRUPT' || outcome === rows, `${outcome} of ${rows}`)
    t.true(outcomes.includes('ERR_CORRUPT'))
    t.is(await keysOf(t, path), rows)
  }))

async function keysOf(t: ExecutionContext, path: string): Promise<number | string> {
  try {
    return await withStorage(Storage.embedded(path), async s => (await s.kvKeys({ limit: 1_000_000 })).length)
  } catch (error) {
    return isError(t, error, 'ERR_CORRUPT', /\d{6}\.log/).code
  }
}

for (const durability of ['commit', 'relaxed'] as const) {
  test(`a manifest that lost its end after a table was flushed is noticed, or no row needs the end (${durability})`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      killedStore(path, ROWS, BYTES, durability)
      const manifest = filesOf(path, '').find(file => basename(file).startsWith('MANIFEST'))!
      const bytes = statSync(manifest).size
      const outcomes = []
      for (const cut of [1, 20, 100, bytes >> 1, bytes]) {
        const copy = join(dir, 'copy')
        cpSync(path, copy, { recursive: true })
        truncateSync(join(copy, basename(manifest)), bytes - cut)
        outcomes.push(await outcomeOf(t, copy, /MANIFEST/))
        rmSync(copy, { recursive: true })
      }
      // The kill may come between RocksDB's flush and the mark, when the logs of the flushed rows are still there.
      t.log(`by cut: ${outcomes.join(', ')}`)
      t.is(outcomes.at(-1), 'noticed')
      copyFileSync(manifest, `${path}-file`)
      truncateSync(manifest)
      await noticed(t, path, manifest, ROWS, BYTES)
    }))
}

test('a store killed between the sync of its log and the mark opens with all that was acknowledged', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const child = startChild(async ({ Storage }, path, say) => {
      const s = await Storage.embedded(path)
      for (let i = 0; i < 50; i++) await s.kvSet(`k${i}`, Buffer.alloc(100, `row ${i};`))
      const fs = require('node:fs')
      const mark = fs.readFileSync(`${path}/rivers.mark`)
      await s.kvSet('k50', Buffer.alloc(100, 'row 50;'))
      // As if the last commit had come no further than the log.
      fs.writeFileSync(`${path}/rivers.mark`, mark)
      say('killed now')
      await new Promise(() => setInterval(() => {}, 1000))
    }, path)
    await child.heard(() => true)
    child.kill('SIGKILL')
    await child.ended
    await withStorage(Storage.embedded(path), async s => t.is(await wholeRows(s, 51, 100), 51))
  }))

test('a closed store holds its rows without a log', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    await withStorage(Storage.embedded(path), async s => {
      for (let i = 0; i < 20; i++) await s.kvSet(`k${i}`, Buffer.alloc(100, `row ${i};`))
    })
    for (const file of filesOf(path, '.log')) rmSync(file)
    await withStorage(Storage.embedded(path), async s => t.is(await wholeRows(s, 20, 100), 20))
  }))
