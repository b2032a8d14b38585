import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { Storage, type StorageErrorCode } from 'rivers-storage'
import { embedded, withStorage } from './helpers/everywhere.js'
import { differences, filesOf, killedStore, snapshot, wholeRows } from './helpers/folder.js'
import { isError, rejects } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'

/** Both forms, twice: an opening that is refused prepares no other. No file is changed. */
async function refused(
  t: import('ava').ExecutionContext,
  path: string,
  code: StorageErrorCode,
  ...mentions: RegExp[]
): Promise<void> {
  const before = snapshot(path)
  for (let again = 0; again < 2; again++) {
    isError(
      t,
      t.throws(() => Storage.embeddedSync(path)),
      code,
      ...mentions,
    )
    await rejects(t, code, () => Storage.embedded(path), ...mentions)
    await rejects(t, code, () => Storage.migrateEmbedded(path), ...mentions)
  }
  t.deepEqual(differences(before, snapshot(path)), [])
}

async function closedStore(path: string): Promise<void> {
  for (let opening = 0; opening < 2; opening++) {
    await withStorage(Storage.embedded(path), async s => {
      for (let i = 0; i < 20; i++) await s.kvSet(`k${i}`, Buffer.alloc(5000, `row ${i};`))
    })
  }
}

const holdsAll = (t: import('ava').ExecutionContext, path: string): Promise<void> =>
  withStorage(Storage.embedded(path), async s => {
    t.is(await wholeRows(s, 20, 5000), 20)
  })

const kinds: [string, (path: string) => string[]][] = [
  ['CURRENT', path => [join(path, 'CURRENT')]],
  ['the manifest', path => filesOf(path, '').filter(file => basename(file).startsWith('MANIFEST'))],
  ['CURRENT and the logs', path => [join(path, 'CURRENT'), ...filesOf(path, '.log')]],
  ['a table', path => filesOf(path, '.sst').slice(0, 1)],
  ['a file of values', path => filesOf(path, '.blob').slice(0, 1)],
]

for (const [what, filesIn] of kinds) {
  test(`a store that lost ${what} is refused, and is whole again when it is back`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      await closedStore(path)
      const lost = filesIn(path)
      t.true(lost.length > 0)
      for (const file of lost) renameSync(file, join(dir, basename(file)))
      await refused(t, path, 'ERR_CORRUPT', new RegExp(basename(lost[0]!)))
      for (const file of lost) renameSync(join(dir, basename(file)), file)
      await holdsAll(t, path)
    }))
}

for (const [what, filesIn] of kinds.filter(([what]) => what !== 'a file of values' && what !== 'a table')) {
  test(`a killed store that lost ${what} is refused, and is whole again when it is back`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      killedStore(path, 20, 5000)
      const lost = filesIn(path)
      for (const file of lost) renameSync(file, join(dir, basename(file)))
      await refused(t, path, 'ERR_CORRUPT', new RegExp(basename(lost[0]!)))
      for (const file of lost) renameSync(join(dir, basename(file)), file)
      await holdsAll(t, path)
    }))
}

test('a store of which all files but ours are gone is not made again', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    await closedStore(path)
    for (const name of readdirSync(path)) if (!name.startsWith('rivers.')) rmSync(join(path, name))
    await refused(t, path, 'ERR_CORRUPT', /all files of the store are missing/)
  }))

test('a table of somebody else’s stays untouched in a folder without a store', t =>
  inTempDir(async dir => {
    writeFileSync(join(dir, '000007.sst'), 'not yours')
    await refused(t, dir, 'ERR_IO', /000007\.sst/, /another database/)
    t.deepEqual(readdirSync(dir), ['000007.sst'])
  }))

for (const number of ['000007', '900000']) {
  test(`a table ${number} of somebody else’s stays untouched in a closed store`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      await closedStore(path)
      for (const ending of ['sst', 'blob', 'log']) {
        const stranger = join(path, `${number}.${ending}`)
        if (existsSync(stranger)) continue
        writeFileSync(stranger, 'not yours')
        await refused(t, path, 'ERR_IO', new RegExp(basename(stranger)))
        rmSync(stranger)
      }
      await holdsAll(t, path)
    }))
}

test('a table of another store stays untouched in a killed one', t =>
  inTempDir(async dir => {
    const [path, other] = [join(dir, 'db'), join(dir, 'other')]
    killedStore(path, 20, 5000)
    await closedStore(other)
    const stranger = join(path, '000090.sst')
    writeFileSync(stranger, readFileSync(filesOf(other, '.sst')[0]!))
    await refused(t, path, 'ERR_IO', /000090\.sst/)
    rmSync(stranger)
    await holdsAll(t, path)
  }))

test('files of other names do not matter', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    mkdirSync(join(path, 'lost+found'), { recursive: true })
    writeFileSync(join(path, 'notes.txt'), 'mine')
    await closedStore(path)
    await holdsAll(t, path)
    t.is(readFileSync(join(path, 'notes.txt'), 'utf8'), 'mine')
  }))

test('a creation that was killed is begun again', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    await closedStore(path)
    // As a creation leaves it that was killed before CURRENT was written.
    writeFileSync(join(path, 'rivers.store'), creating())
    rmSync(join(path, 'CURRENT'))
    const tables = filesOf(path, '.sst')
    await withStorage(Storage.embedded(path), async s => t.deepEqual(await s.kvKeys(), []))
    t.false(tables.some(existsSync))
    await closedStore(path)
    await holdsAll(t, path)
  }))

test('a creation that was killed keeps what another program then stored', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    await closedStore(path)
    writeFileSync(join(path, 'rivers.store'), creating())
    await holdsAll(t, path)
  }))

/** What `rivers.store` holds while a store is being created. */
function creating(): string {
  const body = 'rivers-storage 1\ncreating\n\n'
  return `${body}${crc32(Buffer.from(body)).toString(16).padStart(8, '0')}\n`
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

for (const [how, damage] of [
  ['lost', (file: string) => rmSync(file)],
  ['emptied', (file: string) => writeFileSync(file, '')],
] as const) {
  test(`a killed store with a file of values ${how} is refused, and is whole again when it is back`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      await closedStore(path)
      killedStore(path, 5, 100)
      const file = filesOf(path, '.blob').at(-1)
      const content = readFileSync(file!)
      damage(file!)
      await refused(t, path, 'ERR_CORRUPT', /\.blob/)
      writeFileSync(file!, content)
      await withStorage(Storage.embedded(path), async s => {
        t.is(await wholeRows(s, 5, 100), 5)
        t.is(await wholeRows(s, 20, 5000), 15)
      })
    }))
}

embedded('a store that versions before this one left opens as it is', async (t, open, path) => {
  await closedStore(path)
  for (const name of ['rivers.lock', 'rivers.store', 'rivers.mark']) rmSync(join(path, name))
  const { storage } = await open()
  t.is(await wholeRows(storage, 20, 5000), 20)
})

for (const name of ['rivers.store', 'rivers.mark']) {
  test(`a damaged ${name} is named, and can be removed`, t =>
    inTempDir(async dir => {
      const path = join(dir, 'db')
      await closedStore(path)
      writeFileSync(join(path, name), 'something else')
      await refused(t, path, 'ERR_CORRUPT', new RegExp(name.replace('.', '\\.')))
      rmSync(join(path, name))
      await holdsAll(t, path)
    }))
}
