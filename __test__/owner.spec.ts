import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { inChild, startChild } from './helpers/child.js'
import { embedded, withStorage } from './helpers/everywhere.js'
import { copyOfPackage, differences, snapshot } from './helpers/folder.js'
import { failureOf, isError, rejects } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'

/** What another process gets that opens the store. */
async function elsewhere(path: string): Promise<string> {
  const said = await inChild(async ({ Storage }, path, say) => {
    try {
      const s = await Storage.embedded(path)
      await s.close()
      say('opened')
    } catch (error) {
      say(`${(error as { code: string }).code}: ${(error as Error).message}`)
    }
  }, path)
  return said[0] as string
}

embedded('the lock outlives everything that reads the files of the store', async (t, open, path) => {
  const { s } = await open()
  cpSync(path, `${path}-copy`, { recursive: true })
  for (const name of readdirSync(path)) readFileSync(join(path, name))
  t.regex(await elsewhere(path), new RegExp(`^ERR_LOCKED: .*another process \\(pid ${process.pid}\\)`))
  await s.kvSet('still', Buffer.from('ours'))
})

embedded('a refused opening changes no file', async (t, open, path) => {
  await open()
  const before = snapshot(path)
  t.regex(await elsewhere(path), /^ERR_LOCKED/)
  t.deepEqual(differences(before, snapshot(path)), [])
})

embedded('the lock file can be removed, and the store stays locked', async (t, open, path) => {
  const { s } = await open()
  rmSync(join(path, 'rivers.lock'))
  t.regex(await elsewhere(path), /^ERR_LOCKED/)
  await s.kvSet('still', Buffer.from('ours'))
})

test('another copy of the package in this process is refused, and let in after close', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const other = copyOfPackage(join(dir, 'copy')).Storage
    await withStorage(Storage.embedded(path), async s => {
      await rejects(t, 'ERR_LOCKED', () => other.embedded(path), /another copy of this package/)
      isError(
        t,
        t.throws(() => other.embeddedSync(path)),
        'ERR_LOCKED',
        /another copy of this package/,
      )
      await s.kvSet('a', Buffer.from('1'))
    })
    await withStorage(other.embedded(path), async s => {
      t.is((await s.kvGet('a'))?.toString(), '1')
      await rejects(t, 'ERR_LOCKED', () => Storage.embedded(path), /another copy of this package/)
    })
  }))

test('the pid of a killed process is nobody’s', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const child = startChild(async ({ Storage }, path, say) => {
      await Storage.embedded(path)
      say('open')
      await new Promise(() => setInterval(() => {}, 1000))
    }, path)
    await child.heard(() => true)
    child.kill('SIGKILL')
    await child.ended
    await withStorage(Storage.embedded(path), async s => {
      t.is(readFileSync(join(path, 'rivers.lock'), 'utf8').split('\n')[0], `${process.pid}`)
      await s.kvSet('a', Buffer.from('1'))
    })
    t.is(readFileSync(join(path, 'rivers.lock'), 'utf8'), '')
  }))

embedded('links to a folder are one store', async (t, open, path) => {
  const { s } = await open()
  symlinkSync(path, `${path}-link`)
  await withStorage(Storage.embedded(`${path}-link`), async linked => {
    await linked.kvSet('a', Buffer.from('1'))
    t.is((await s.kvGet('a'))?.toString(), '1')
  })
})

const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0

;(mayMount ? test : test.skip)('bind mounts of a folder are one store', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const mounted = join(dir, 'mounted')
    mkdirSync(path)
    mkdirSync(mounted)
    const source = `
      const { Storage } = require('rivers-storage')
      const { execFileSync } = require('node:child_process')
      const [path, mounted] = ${JSON.stringify([path, mounted])}
      execFileSync('mount', ['--bind', path, mounted])
      const one = Storage.embeddedSync(path), other = Storage.embeddedSync(mounted)
      one.setPoolLimitSync('db', 1)
      const claims = [one, other].map((s, i) => s.claimConcurrencySlotsSync({ runId: 'r' + i, stepKey: 's', pools: 'db' }))
      const refused = execFileSync(process.execPath, ['-e', \`
        try { require('rivers-storage').Storage.embeddedSync('\${mounted}'); console.log('opened') }
        catch (error) { console.log(error.code) }\`], { encoding: 'utf8' }).trim()
      one.closeSync(); other.closeSync()
      console.log(JSON.stringify([claims.map(claim => claim.isClaimed), refused]))`
    const cwd = join(__dirname, '..')
    const { stdout, stderr } = spawnSync('unshare', ['-m', process.execPath, '-e', source], { cwd, encoding: 'utf8' })
    t.is(stdout, `${JSON.stringify([[true, false], 'ERR_LOCKED'])}\n`, stderr)
  }),
)

for (const durability of ['commit', 'relaxed'] as const) {
  for (const [how, take] of [
    ['renamed', (path: string) => renameSync(path, `${path}-away`)],
    ['removed', (path: string) => rmSync(path, { recursive: true })],
    ['replaced', (path: string) => (renameSync(path, `${path}-away`), mkdirSync(path))],
    ['moved with the folder above it', (path: string) => renameSync(join(path, '..'), `${join(path, '..')}-away`)],
  ] as const) {
    embedded(`a store whose folder is ${how} acknowledges nothing more (${durability})`, async (t, _, top) => {
      const path = join(top, 'above', 'db')
      const storage = await Storage.embedded(path, { durability })
      try {
        await storage.kvSet('before', Buffer.from('1'))
        take(path)
        isError(
          t,
          t.throws(() => storage.kvSetSync('after', Buffer.from('1'))),
          'ERR_IO',
          /does not lead to the folder/,
        )
        await rejects(t, 'ERR_IO', () => storage.kvSet('later', Buffer.from('1')))
      } finally {
        await storage.close().catch(() => {})
      }
      for (const now of [join(top, 'above', 'db-away'), join(top, 'above-away', 'db')].filter(isThere)) {
        await withStorage(Storage.embedded(now), async s => t.deepEqual(await s.kvKeys(), ['before']))
      }
    })
  }
}

const isThere = (path: string): boolean => {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}

test('a store whose place another one took leaves that one alone', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const first = await Storage.embedded(path)
    await first.kvSet('first', Buffer.alloc(5000, 'first'))
    renameSync(path, `${path}-away`)
    const second = await Storage.embedded(path)
    await second.kvSet('second', Buffer.alloc(5000, 'second'))
    await failureOf(first.kvSet('lost', Buffer.from('1')))
    await first.close().catch(() => {})
    await second.kvSet('third', Buffer.alloc(5000, 'third'))
    await second.close()
    await withStorage(Storage.embedded(path), async s => t.deepEqual(await s.kvKeys(), ['second', 'third']))
    await withStorage(Storage.embedded(`${path}-away`), async s => t.deepEqual(await s.kvKeys(), ['first']))
  }))
