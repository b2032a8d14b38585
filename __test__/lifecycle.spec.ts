import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { inChild } from './helpers/child.js'
import { embedded, everywhere, onBoth } from './helpers/everywhere.js'
import { bad, isError, rejects } from './helpers/rejects.js'
import { inTempDir } from './helpers/temp.js'
import { inWorker } from './helpers/worker.js'

const value = Buffer.from('v')

test('each way to open has its type', t =>
  inTempDir(async dir => {
    const stores = [
      await Storage.memory(),
      Storage.memorySync(),
      await Storage.embedded(join(dir, 'a')),
      Storage.embeddedSync(join(dir, 'b')),
    ]
    t.deepEqual(
      stores.map(s => s.type),
      ['Memory', 'Memory', 'Embedded', 'Embedded'],
    )
    t.true(stores.every(s => s instanceof Storage))
    for (const s of stores) await s.close()
  }))

test('a storage cannot be constructed', t => {
  t.throws(() => new (Storage as unknown as new () => unknown)())
})

test('each memory store is its own', async t => {
  const [a, b] = [await Storage.memory(), Storage.memorySync()]
  await a.kvSet('k', value)
  t.is(await b.kvGet('k'), null)
  await a.close()
  b.closeSync()
})

embedded('the directory tree is made', async (t, open, path) => {
  const deep = join(path, 'a', 'b ü 🚀')
  const s = await Storage.embedded(deep)
  await s.kvSet('k', value)
  await s.close()
  // The tree above is an ordinary one: a store may lie elsewhere in it.
  t.is(await (await open()).s.kvGet('k'), null)
})

everywhere('after close every call is refused, and closing again does nothing', async (t, s, { storage }) => {
  await s.setPoolLimit('db', 1)
  await s.close()
  await s.close()
  storage.closeSync()
  const calls: (() => Promise<unknown>)[] = [
    () => s.kvGet('k'),
    () => s.kvSet('k', value),
    () => s.kvKeys(),
    () => s.kvDelete('k'),
    () => s.storeEvents([]),
    () => s.storeEvent({ eventType: 'StepStart', runId: 'r' }),
    () => s.getEventsForRun('r'),
    () => s.getLatestMaterialization('a'),
    () => s.registerAssets([{ assetKey: 'a' }]),
    () => s.getAssetRecords(),
    () => s.computeStaleness(),
    () => s.getGraphTopology(),
    () => s.createRun({ runId: 'r' }),
    () => s.getRuns(),
    () => s.tryStartRun('r'),
    () => s.isCancelled('r'),
    () => s.getRunProgress('r'),
    () => s.deleteRun('r'),
    () => s.pruneEvents({ olderThan: 0 }),
    () => s.getTicks('n'),
    () => s.pruneTicks('n', { keep: 0 }),
    () => s.storeRunLogs([]),
    () => s.addDynamicPartitions('n', []),
    () => s.deletePoolLimit('db'),
    () => s.getPoolWaiters('db'),
    () => s.setPoolLimit('db', 1),
    () => s.getPoolInfo('db'),
    () => s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: 'db' }),
    () => s.renewSlotLease('r', 's'),
    () => s.freeExpiredLeases(),
    () => storage.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db' }),
    () => storage.withSlots({ runId: 'r', stepKey: 's', pools: 'db' }, async () => t.fail('no work after close')),
  ]
  for (const call of calls) await rejects(t, 'ERR_CLOSED', call)
})

onBoth('a storage is closed by its dispose symbols', async (t, s) => {
  await s.kvSet('k', value)
  await s[Symbol.asyncDispose]()
  await rejects(t, 'ERR_CLOSED', () => s.kvGet('k'))
  s[Symbol.dispose]()
  const other = Storage.memorySync()
  other[Symbol.dispose]()
  isError(
    t,
    t.throws(() => other.kvGetSync('k')),
    'ERR_CLOSED',
  )
})

embedded('calls in flight finish when the store is closed', async (t, open) => {
  const { storage } = await open()
  const writes = Array.from({ length: 200 }, (_, i) => storage.kvSet(`k${i}`, value))
  await Promise.all([storage.close(), storage.close(), ...writes])
  t.is((await (await open()).s.kvKeys({ limit: 1000 })).length, 200)
})

embedded('opening a path again shares the engine until the last is closed', async (t, open, path) => {
  const first = await open()
  await symlink(path, `${path}-link`)
  const second = await Storage.embedded(join(path, '..', 'db', '/'))
  const third = Storage.embeddedSync(`${path}-link`)
  await first.s.kvSet('k', value)
  t.deepEqual(await second.kvGet('k'), value)
  await first.s.close()
  await rejects(t, 'ERR_CLOSED', () => first.s.kvGet('k'))
  await second.kvSet('k2', value)
  await second.close()
  t.deepEqual(third.kvKeysSync(), ['k', 'k2'])
  third.closeSync()
  t.deepEqual(await (await open()).s.kvKeys(), ['k', 'k2'])
})

embedded('many open one path at once', async (t, open, path) => {
  const stores = await Promise.all(Array.from({ length: 20 }, () => Storage.embedded(path)))
  await Promise.all(stores.map((s, i) => s.kvSet(`k${i}`, value)))
  t.is((await stores[0]!.kvKeys()).length, 20)
  await Promise.all(stores.map(s => s.close()))
  t.is((await (await open()).s.kvKeys()).length, 20)
})

embedded('another durability or cache size is a conflict while the path is open', async (t, open) => {
  const first = await open({ durability: 'relaxed', cacheSize: 8 * 1024 * 1024 })
  await rejects(t, 'ERR_CONFLICT', () => open({ durability: 'commit' }), /durability/)
  await rejects(t, 'ERR_CONFLICT', () => open({ cacheSize: 16 * 1024 * 1024 }), /cacheSize/)
  // What is left out matches.
  const second = await open()
  await open({ durability: 'relaxed' })
  await first.s.close()
  await rejects(t, 'ERR_CONFLICT', () => open({ durability: 'commit' }))
  await second.s.kvSet('k', value)
  t.deepEqual(await second.s.kvGet('k'), value)
})

embedded('after close the path opens with other options; the default is commit, with 32 MiB', async (t, open) => {
  await (await open({ durability: 'relaxed', cacheSize: 1024 * 1024 })).s.close()
  await open()
  await rejects(t, 'ERR_CONFLICT', () => open({ durability: 'relaxed' }))
  await rejects(t, 'ERR_CONFLICT', () => open({ cacheSize: 1024 * 1024 }))
  await open({ durability: 'commit', cacheSize: 32 * 1024 * 1024 })
  t.pass()
})

test('opening with bad arguments is refused in both forms', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    const cases: [unknown, unknown, RegExp][] = [
      ['', undefined, /path/],
      [1, undefined, /path/],
      [undefined, undefined, /path/],
      ['\ud800', undefined, /path/],
      [path, { durability: 'always' }, /durability.*always/s],
      [path, { cacheSize: -1 }, /cacheSize.*-1/s],
      [path, { cacheSize: 1.5 }, /cacheSize/],
      [path, { codeLocation: 1 }, /codeLocation/],
      [path, 'relaxed', /options/],
    ]
    for (const [at, options, mention] of cases) {
      await rejects(t, 'ERR_INVALID_ARG', () => Storage.embedded(bad(at), bad(options)), mention)
      isError(
        t,
        t.throws(() => Storage.embeddedSync(bad(at), bad(options))),
        'ERR_INVALID_ARG',
        mention,
      )
    }
    for (const options of [
      { clock: 'fast' },
      { clock: 'manual', now: 0.5 },
      { clock: 'manual', now: Number.NaN },
      { codeLocation: '\ud800' },
    ]) {
      await rejects(t, 'ERR_INVALID_ARG', () => Storage.memory(bad(options)))
      isError(
        t,
        t.throws(() => Storage.memorySync(bad(options))),
        'ERR_INVALID_ARG',
      )
    }
  }))

test('a directory that cannot be made is an I/O error that names the path', t =>
  inTempDir(async dir => {
    const file = join(dir, 'file')
    await writeFile(file, 'not a directory')
    for (const path of [file, join(file, 'db')]) {
      await rejects(t, 'ERR_IO', () => Storage.embedded(path), /file/)
      isError(
        t,
        t.throws(() => Storage.embeddedSync(path)),
        'ERR_IO',
        /file/,
      )
    }
    // A failed opening leaves nothing behind: the same path opens once it can.
    const path = join(dir, 'later')
    await writeFile(path, '')
    await rejects(t, 'ERR_IO', () => Storage.embedded(path))
    await rm(path)
    await mkdir(path)
    await (await Storage.embedded(path)).close()
  }))

embedded('a second process is refused at once, and let in after close', async (t, open, path) => {
  const { s } = await open()
  const tryOpen = (): Promise<unknown[]> =>
    inChild(({ Storage }, at, say) => {
      const before = Date.now()
      try {
        Storage.embeddedSync(at).closeSync()
        say({ code: null })
      } catch (error) {
        const { name, code, retryable, message } = error as Error & { code: string; retryable: boolean }
        say({ name, code, retryable, message, ms: Date.now() - before })
      }
    }, path)
  const [refused] = (await tryOpen()) as [
    { name: string; code: string; retryable: boolean; message: string; ms: number },
  ]
  t.deepEqual([refused.name, refused.code, refused.retryable], ['StorageError', 'ERR_LOCKED', true])
  t.true(refused.message.includes(path))
  t.true(refused.ms < 3_000, `took ${refused.ms} ms`)
  await s.kvSet('k', value)
  await s.close()
  t.deepEqual(await tryOpen(), [{ code: null }])
})

const located = async (env: NodeJS.ProcessEnv, codeLocation?: string): Promise<unknown[]> =>
  inChild(
    async ({ Storage }, options, say) => {
      say((await Storage.memory(options)).codeLocation)
      say(Storage.memorySync(options).codeLocation)
    },
    codeLocation === undefined ? {} : { codeLocation },
    { RIVERS_CODE_LOCATION_ID: '', RIVERS_CODE_LOCATION_NAME: '', ...env },
  )

test('the code location comes from the option, else from the environment, else is default', async t => {
  const both = { RIVERS_CODE_LOCATION_ID: 'id', RIVERS_CODE_LOCATION_NAME: 'name' }
  t.deepEqual(await located(both, 'option'), ['option', 'option'])
  t.deepEqual(await located(both), ['id', 'id'])
  t.deepEqual(await located(both, ''), ['id', 'id'])
  t.deepEqual(await located({ RIVERS_CODE_LOCATION_NAME: 'name' }), ['name', 'name'])
  t.deepEqual(await located({}), ['default', 'default'])
  t.deepEqual(await located({ RIVERS_CODE_LOCATION_ID: ' ' }), [' ', ' '])
})

const openTwice = async (
  { Storage }: typeof import('rivers-storage'),
  _: null,
  say: (line: unknown) => void,
): Promise<void> => {
  process.env['RIVERS_CODE_LOCATION_ID'] = 'first'
  const opening = Storage.memory()
  process.env['RIVERS_CODE_LOCATION_ID'] = 'second'
  say([(await opening).codeLocation, Storage.memorySync().codeLocation])
}

test('the environment is that of the calling thread, at the time of the call', async t => {
  t.deepEqual(await inWorker(openTwice, null), [['first', 'second']])
  t.deepEqual(await inChild(openTwice, null), [['first', 'second']])
  // What a worker sets is its own.
  t.is(process.env['RIVERS_CODE_LOCATION_ID'], undefined)
})

const timeOf = async (s: Storage): Promise<number> => {
  await s.createRun({ runId: String(Math.random()) })
  return (await s.getRuns({ limit: 1 }))[0]!.startTime
}

test('a manual clock starts at 0 or at the time given, and only a manual clock can be moved', async t => {
  const zero = await Storage.memory({ clock: 'manual' })
  t.is(await timeOf(zero), 0)
  zero.advanceTime('1h')
  t.is(await timeOf(zero), 3_600_000)
  const later = await Storage.memory({ clock: 'manual', now: 1_700_000_000_000 })
  later.advanceTime(5)
  t.is(await timeOf(later), 1_700_000_000_005)
  isError(
    t,
    t.throws(() => later.advanceTime(-1)),
    'ERR_INVALID_ARG',
    /by/,
  )
  t.is(await timeOf(later), 1_700_000_000_005)
  const system = await Storage.memory()
  isError(
    t,
    t.throws(() => system.advanceTime(1)),
    'ERR_INVALID_ARG',
    /clock/,
  )
  for (const s of [zero, later, system]) await s.close()
})

const onLinux = process.platform === 'linux' ? test : test.skip
onLinux('a hundred open-close cycles leave no thread and no file open', t =>
  inTempDir(async dir => {
    // In its own process, whose threads and files are its own.
    const [grown] = await inChild(
      async ({ Storage }, path, say) => {
        const { readdirSync } = require('node:fs') as typeof import('node:fs')
        const count = (): number[] => ['task', 'fd'].map(kind => readdirSync(`/proc/self/${kind}`).length)
        const cycle = async (i: number): Promise<void> => {
          const s = i % 2 ? await Storage.embedded(path) : Storage.embeddedSync(path)
          await s.kvSet('k', Buffer.from(String(i)))
          if (i % 4 < 2) await s.close()
          else s.closeSync()
        }
        for (let i = 0; i < 8; i++) await cycle(i)
        const before = count()
        for (let i = 0; i < 100; i++) await cycle(i)
        // A thread that was joined may stand in /proc for a moment.
        const end = Date.now() + 5_000
        let after = count()
        while (Date.now() < end && after.some((n, i) => n > before[i]!)) {
          await new Promise(resolve => setTimeout(resolve, 20))
          after = count()
        }
        say(after.map((n, i) => Math.max(0, n - before[i]!)))
      },
      join(dir, 'db'),
    )
    t.deepEqual(grown, [0, 0])
  }),
)
