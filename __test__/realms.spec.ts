import { join } from 'node:path'
import test from 'ava'
import * as rivers from 'rivers-storage'
import { startNode, type Rivers } from './helpers/child.js'
import { newRealm } from './helpers/realm.js'
import { failureOf, isError, rejects } from './helpers/rejects.js'

// Test runners run tests in a realm of their own (a context of `vm`), whose `Error`, `Array` and so on are not those by
// which the addon makes its values.

/** An error of each way in which one comes. Runs in the other realm, too. */
const errors = async ({ Storage, formatPartitionKey }: Rivers): Promise<unknown[]> => {
  const caught: unknown[] = []
  const attempt = async (call: () => unknown): Promise<void> => {
    try {
      await call()
    } catch (error) {
      caught.push(error)
    }
  }
  const s = await Storage.memory({ clock: 'manual' })
  await attempt(() => s.getPoolInfo('ghost'))
  await attempt(() => s.getPoolInfoSync('ghost'))
  await attempt(() => s.kvGet(1 as never))
  await attempt(() => formatPartitionKey(1 as never))
  await s.setPoolLimit('db', 1)
  const claim = { runId: 'r', stepKey: 's', pools: 'db', renew: false, leaseDuration: 1000 }
  await attempt(() => s.withSlots(claim, 'no function' as never))
  await attempt(() =>
    s.withSlots(claim, async lease => {
      s.advanceTime(1000)
      // Told in a turn of the event loop of its own.
      if (!lease.signal.aborted) await new Promise(lost => lease.signal.addEventListener('abort', lost))
      caught.push(lease.signal.reason)
      throw new Error('stopped')
    }),
  )
  await s.close()
  await attempt(() => s.acquireSlots(claim))
  return caught
}
const CODES = [
  'ERR_NOT_FOUND',
  'ERR_NOT_FOUND',
  'ERR_INVALID_ARG',
  'ERR_INVALID_ARG',
  'ERR_INVALID_ARG',
  'ERR_LEASE_LOST',
  'ERR_LEASE_LOST',
  'ERR_CLOSED',
] as const

test('isStorageError knows the errors of every realm, and what their toJSON() gave', async t => {
  const { rivers: theirs, own } = newRealm()
  const isErrorThere = own((error: unknown) => error instanceof Error)
  const sendThere = own((error: unknown): unknown => JSON.parse(JSON.stringify(error)))
  const caught = [...(await own(errors)(theirs)), ...(await errors(rivers))]
  t.is(caught.length, 2 * CODES.length)
  for (const [i, error] of caught.entries()) {
    isError(t, error, CODES[i % CODES.length]!)
    t.false(isErrorThere(error))
    for (const sent of [error, sendThere(error)]) {
      t.true(rivers.isStorageError(sent))
      t.true(theirs.isStorageError(sent))
    }
  }
})

test('an error says of itself what survives a message', async t => {
  for (const error of await errors(rivers)) {
    if (!rivers.isStorageError(error) || !('toJSON' in error)) return t.fail(String(error))
    const { name, code, retryable, message } = error
    t.deepEqual(error.toJSON(), { name, code, retryable, message })
    t.deepEqual(JSON.parse(JSON.stringify({ error })), { error: error.toJSON() })
    t.true(rivers.isStorageError(structuredClone(error.toJSON())))
    t.false(Object.keys(error).includes('toJSON'))
    // Node clones it as an Error, without its code.
    t.false(rivers.isStorageError(structuredClone(error)))
  }
})

const throwing = (): never => {
  throw new Error('unreadable')
}

test('isStorageError is not fooled, in any realm', t => {
  const json = { name: 'StorageError', code: 'ERR_CLOSED', retryable: false, message: 'closed' }
  for (const { isStorageError } of [rivers, newRealm().rivers]) {
    t.true(isStorageError(json))
    t.true(isStorageError({ ...json, code: 'ERR_OF_A_NEWER_COPY' }))
    t.true(isStorageError(Object.assign(new Error('closed'), json)))
    for (const key of Object.keys(json)) {
      for (const value of [undefined, null, 1, 'other', {}, []]) {
        if (key === 'message' && value === 'other') continue
        t.false(isStorageError({ ...json, [key]: value }), `${key}: ${String(value)}`)
      }
    }
    for (const code of ['CLOSED', 'err_closed', 'ERR_', 'ERR_CLOSED\n', 'ENOENT']) {
      t.false(isStorageError({ ...json, code }), code)
    }
    t.false(isStorageError(Object.defineProperty({ ...json }, 'code', { get: throwing })))
    t.false(isStorageError(new Proxy(json, { get: throwing })))
    const revoked = Proxy.revocable(json, {})
    revoked.revoke()
    t.false(isStorageError(revoked.proxy))
    for (const value of [
      null,
      undefined,
      'ERR_CLOSED',
      1,
      Symbol('s'),
      json.code,
      [json],
      () => json,
      new Error('x'),
    ]) {
      t.false(isStorageError(value))
    }
    // Those of others have the same name.
    t.false(isStorageError(Object.assign(new Error('x'), { name: 'StorageError', code: 'ContainerNotFound' })))
  }
})

test('the methods of a realm do not replace those of the realm of the addon, which lasts longer', t => {
  const { acquireSlots, withSlots } = rivers.Storage.prototype
  const { rivers: theirs } = newRealm()
  t.is(theirs.Storage, rivers.Storage)
  t.is(rivers.Storage.prototype.acquireSlots, acquireSlots)
  t.is(rivers.Storage.prototype.withSlots, withSlots)
})

test('what is open is closed at the end of a block also in a realm without Symbol.dispose', async t => {
  // As compilers of `using` ask for the method.
  const closed = newRealm().own(async ({ Storage }: Rivers) => {
    const [dispose, asyncDispose] = [Symbol.dispose, Symbol.asyncDispose].map(
      (known, i) => known ?? Symbol.for(`Symbol.${['dispose', 'asyncDispose'][i]}`),
    ) as [symbol, symbol]
    const s = await Storage.memory()
    await s.setPoolLimit('db', 2)
    const [waited, synced] = await Promise.all(
      ['s', 't'].map(stepKey => s.acquireSlots({ runId: 'r', stepKey, pools: 'db' })),
    )
    await Reflect.get(waited!, asyncDispose).call(waited)
    Reflect.get(synced!, dispose).call(synced)
    await Reflect.get(s, asyncDispose).call(s)
    const other = Storage.memorySync()
    Reflect.get(other, dispose).call(other)
    return [
      waited!.live,
      synced!.live,
      ...(await Promise.all([s, other].map(s => s.kvGet('k').catch(error => error.code)))),
    ]
  })
  t.deepEqual([...(await closed(rivers))], [false, false, 'ERR_CLOSED', 'ERR_CLOSED'])
})

/** Every kind of input, made where it runs; gives what became of them. */
const inputs = async ({ Storage, formatPartitionKey }: Rivers): Promise<string> => {
  const s = await Storage.memory({ codeLocation: 'here', clock: 'manual', now: 1000 })
  const given: unknown[] = [s.codeLocation, formatPartitionKey({ multi: { date: ['d'], region: ['b', 'a'] } })]
  const lists = [Object.freeze(['a', 'b']) as string[], Array.from(new Set(['c']))]
  for (const list of lists) await s.addDynamicPartitions('n', list)
  given.push(await s.getDynamicPartitions('n'))
  const bytes = new Uint8Array([1, 2, 3])
  await s.kvSet('bytes', bytes)
  await s.kvSet('part', bytes.subarray(1, 2))
  await s.kvSet('shared', new Uint8Array(new SharedArrayBuffer(2)))
  for (const key of await s.kvKeys()) given.push([key, Array.from((await s.kvGet(key))!)])
  await s.registerAssets([
    { assetKey: 'a', tags: ['t'], pool: [['db', 1]] },
    Object.assign(Object.create(null), { assetKey: 'b' }),
  ])
  await s.setGraphTopology({ nodes: [{ name: 'a', kind: 'asset' }], edges: [['a', 'b']] })
  class Run {
    readonly runId = 'r'
    get tags(): [string, string][] {
      return [['k', 'v']]
    }
  }
  await s.createRuns([new Run()])
  await s.setPoolLimit('db', 2, { leaseDuration: '1h' })
  const claim = await s.claimConcurrencySlots({ runId: 'r', stepKey: 'a', pools: { db: 1 } })
  const lease = await s.acquireSlots({ runId: 'r', stepKey: 'b', pools: 'db' })
  await s.storeEvents(
    [
      {
        eventType: 'Materialization',
        runId: 'r',
        assetKey: 'a',
        partitionKey: { single: ['p'] },
        metadata: [['m', '1']],
      },
    ],
    { lease },
  )
  const { id: _, ...event } = (await s.getEventsForRun('r'))[0]!
  given.push(claim, event, await s.getAssetRecord('b'), await s.getGraphTopology(), await s.getRun('r'))
  given.push(await s.computeStaleness(), await s.getPoolSlotHolders('db'))
  given.push(await s.withSlots({ runId: 'r', stepKey: 'c', pools: { db: 0 } as never }, async () => 0).catch(String))
  await lease.release()
  given.push(await s.withSlots({ runId: 'r', stepKey: 'c', pools: 'db' }, async lease => lease.live))
  const refused = [() => s.createRuns({} as never), () => s.kvSet('k', new Uint16Array(1) as never)]
  for (const call of refused) given.push(await call().catch((error: { toJSON(): unknown }) => error.toJSON()))
  const thrown = new Error('mine')
  const unreadable = new Proxy([], {
    get() {
      throw thrown
    },
  })
  const failed = await s.createRun({ runId: 'x', tags: unreadable }).catch((error: Error) => error)
  given.push(failed && [failed.message, failed.cause === thrown])
  await s.close()
  return JSON.stringify(given)
}

test('what is passed in may be made in any realm', async t => {
  const expected: unknown = JSON.parse(await inputs(rivers))
  const { rivers: theirs, own } = newRealm()
  t.deepEqual(JSON.parse(await own(inputs)(theirs)), expected)
  t.deepEqual(JSON.parse(await own(inputs)(rivers)), expected)
  t.deepEqual(JSON.parse(await inputs(theirs)), expected)
})

/** A signal that is none of Node's: a test runner may emulate a browser, with an AbortController of its own. */
const emulated = (): { signal: AbortSignal; abort(reason: unknown): void } => {
  const listeners = new Set<() => void>()
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
  }
  const abort = (reason: unknown): void => {
    Object.assign(signal, { aborted: true, reason })
    for (const listener of listeners) listener()
  }
  return { signal: signal as never, abort }
}

test('a signal may be of any realm', async t => {
  const { rivers: theirs, own } = newRealm()
  for (const { Storage } of [rivers, theirs]) {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 1)
    await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: 'db' })
    for (const { signal, abort } of [emulated(), own(emulated)()]) {
      const waiting = s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', signal })
      const reason = own(() => new Error('enough'))()
      abort(reason)
      t.is(await failureOf(waiting), reason)
      await rejects(t, 'ERR_INVALID_ARG', () =>
        s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', signal: {} as never }),
      )
    }
    t.is((await s.getPoolInfo('db')).pendingCount, 0)
    await s.close()
  }
})

test('leases keep their signals when a realm loads the package again', async t => {
  const reloading = join(__dirname, 'helpers', 'reloading.ts')
  const { said, stderr } = await startNode(['--import', 'tsx', reloading]).ended
  t.deepEqual(said, [[true, false]], stderr)
})

const listens = (): void => {}
const fails = (): never => {
  throw new Error('not a signal')
}

test('a signal that fails is refused, or its outcome is what counts', async t => {
  const s = await rivers.Storage.memory()
  await s.setPoolLimit('db', 1)
  const claim = { runId: 'r', stepKey: 's', pools: 'db' }
  for (const signal of [
    Object.create(AbortSignal.prototype),
    { aborted: false, addEventListener: fails, removeEventListener: listens },
  ]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.acquireSlots({ ...claim, signal }), /signal/)
  }
  const signal = { aborted: false, addEventListener: listens, removeEventListener: fails } as never
  const lease = await s.acquireSlots({ ...claim, signal })
  await lease.release()
  t.is((await s.getPoolInfo('db')).claimedCount, 0)
  await s.close()
})

const locationOf = ({ Storage }: Rivers): string => {
  const s = Storage.memorySync()
  s.closeSync()
  return s.codeLocation
}

test('variables are those of the realm that loaded the package last', t => {
  // Such as jest's: a copy, to which its tests write.
  const env: Record<string, string> = { RIVERS_CODE_LOCATION_ID: 'first' }
  const theirProcess = Object.create(process, { env: { value: env, configurable: true } })
  const { rivers: theirs } = newRealm({ process: theirProcess })
  t.is(locationOf(theirs), 'first')
  env['RIVERS_CODE_LOCATION_ID'] = 'second'
  t.is(locationOf(theirs), 'second')
  // A test file that is over may leave nothing behind.
  Object.defineProperty(theirProcess, 'env', { value: undefined })
  t.is(locationOf(theirs), 'default')
  newRealm()
  t.is(locationOf(theirs), 'default')
})
