import { embedded, everywhere, onBoth, onManualClock } from './helpers/everywhere.js'
import { granted } from './helpers/granted.js'
import { bad, failureOf, rejects } from './helpers/rejects.js'
import { until } from './helpers/until.js'

everywhere('a pool shows its limit, its lease and what is used', async (t, s) => {
  await s.setPoolLimit('db', 3, { leaseDuration: '10m' })
  t.deepEqual(await s.getPoolLimits(), [{ poolKey: 'db', slotLimit: 3, leaseDurationSecs: 600 }])
  t.deepEqual(await s.getPoolInfo('db'), {
    poolKey: 'db',
    slotLimit: 3,
    leaseDurationSecs: 600,
    claimedCount: 0,
    pendingCount: 0,
  })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'a', pools: { db: 2 } })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'b', pools: { db: 2 } })
  const info = { poolKey: 'db', slotLimit: 3, leaseDurationSecs: 600, claimedCount: 2, pendingCount: 1 }
  t.deepEqual(await s.getPoolInfo('db'), info)
  t.deepEqual(await s.getAllPoolInfos(), [info])
})

everywhere('setting a limit replaces both values: the lease left out is five minutes', async (t, s) => {
  await s.setPoolLimit('db', 3, { leaseDuration: '1h' })
  await s.setPoolLimit('db', 5)
  t.deepEqual(await s.getPoolLimits(), [{ poolKey: 'db', slotLimit: 5, leaseDurationSecs: 300 }])
})

everywhere('pools are listed by key in code point order', async (t, s) => {
  t.deepEqual(await s.getPoolLimits(), [])
  t.deepEqual(await s.getAllPoolInfos(), [])
  for (const key of ['b', '😀', '\uffff', 'B', '', 'a']) await s.setPoolLimit(key, 1)
  const keys = ['', 'B', 'a', 'b', '\uffff', '😀']
  t.deepEqual(
    (await s.getPoolLimits()).map(pool => pool.poolKey),
    keys,
  )
  t.deepEqual(
    (await s.getAllPoolInfos()).map(pool => pool.poolKey),
    keys,
  )
})

everywhere('an unknown pool has no limit and no holders', async (t, s) => {
  await rejects(t, 'ERR_NOT_FOUND', () => s.getPoolInfo('ghost'), /ghost/)
  t.deepEqual(await s.getPoolSlotHolders('ghost'), [])
})

everywhere('limits are any 32-bit number, shown as they were set', async (t, s) => {
  for (const limit of [0, 1, -1, -7, 2147483647, -2147483648]) {
    await s.setPoolLimit('db', limit)
    t.is((await s.getPoolInfo('db')).slotLimit, limit)
  }
  for (const limit of [2147483648, -2147483649, 1.5, Number.NaN, Infinity, '3', null, undefined]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.setPoolLimit('db', bad(limit)), /slotLimit/, new RegExp(String(limit)))
  }
  t.is((await s.getPoolInfo('db')).slotLimit, -2147483648)
})

const SPANS: [string | number, number][] = [
  ['0', 0],
  ['0s', 0],
  ['90s', 90],
  ['1h30m', 5400],
  ['250ms', 0.25],
  ['1.5h', 5400],
  ['2 days', 172800],
  ['1h 30m', 5400],
  [' 5m ', 300],
  ['30m1h', 5400],
  ['5m5m', 600],
  ['4.2s', 4.2],
  ['1 2s', 12],
  ['1500us', 0.001],
  ['999999ns', 0],
  ['1µs', 0],
  ['1M', 2630016],
  ['1y', 31557600],
  ['1wk', 604800],
  ['1nsec 1nanos 1usec 1msec 1millis 1sec 1min 1hr', 3661.002],
  ['0.5m', 30],
  ['4294967295s', 4294967295],
  [0, 0],
  [1, 0.001],
  [1500, 1.5],
  [2.9, 0.002],
  [4294967295000, 4294967295],
]

everywhere('durations are milliseconds or spans; below a millisecond truncated', async (t, s) => {
  for (const [leaseDuration, seconds] of SPANS) {
    await s.setPoolLimit('d', 1, { leaseDuration })
    t.is((await s.getPoolInfo('d')).leaseDurationSecs, seconds, `of ${leaseDuration}`)
  }
})

const NO_SPANS: unknown[] = [
  '',
  ' ',
  '5',
  '300',
  '-5m',
  '+5m',
  '.5s',
  '1.s',
  '5S',
  '5MIN',
  '1H',
  '1e3s',
  'PT5M',
  '5:00',
  '5m, 3s',
  'infinity',
  'NaN',
  '1x',
  's',
  '0.5ns',
  '1.0001h',
  '5m3',
  '1h-30m',
  '５m',
  '4294967296s',
  '999999999999999999999s',
  '5m\0',
  '\ud800',
  -1,
  Number.NaN,
  Infinity,
  4294967296000,
  null,
  true,
  {},
  [5],
]

everywhere('malformed durations are refused, naming argument and value, and change nothing', async (t, s) => {
  await s.setPoolLimit('d', 1)
  for (const duration of NO_SPANS) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.setPoolLimit('d', 2, { leaseDuration: bad(duration) }), /leaseDuration/)
  }
  const error = await rejects(t, 'ERR_INVALID_ARG', () => s.setPoolLimit('d', 2, { leaseDuration: '5 parsecs' }))
  t.regex(error.message, /5 parsecs/)
  t.deepEqual(await s.getPoolLimits(), [{ poolKey: 'd', slotLimit: 1, leaseDurationSecs: 300 }])
})

everywhere('lowering a limit evicts nobody; raising it lets the next in', async (t, s) => {
  const claim = (stepKey: string) => s.claimConcurrencySlots({ runId: 'r', stepKey, pools: 'db' })
  await s.setPoolLimit('db', 2)
  await claim('a')
  await claim('b')
  await s.setPoolLimit('db', 1)
  t.is((await s.getPoolInfo('db')).claimedCount, 2)
  // Its own slot is granted again, whatever the limit is now.
  t.true((await claim('a')).isClaimed)
  const blocked = await claim('c')
  t.deepEqual([blocked.reason?.claimed, blocked.reason?.limit], [2, 1])
  await s.setPoolLimit('db', 3)
  t.true((await claim('c')).isClaimed)
  await s.setPoolLimit('db', -1)
  t.true((await claim('d')).isClaimed)
  t.is((await s.getPoolInfo('db')).claimedCount, 4)
})

everywhere('holders are listed by the time of their last successful claim', async (t, s) => {
  await s.setPoolLimit('db', 10)
  const before = Date.now()
  const a = granted(await s.claimConcurrencySlots({ runId: 'r', stepKey: 'a', pools: { db: 3 } }))
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'b', pools: 'db' })
  const holders = await s.getPoolSlotHolders('db')
  t.deepEqual(
    holders.map(holder => [holder.runId, holder.stepKey, holder.slotsConsumed]),
    [
      ['r', 'a', 3],
      ['r', 'b', 1],
    ],
  )
  const [first] = holders
  t.is(first?.token, a.token)
  t.is(first?.leaseExpiresAt, a.leaseExpiresAt)
  t.is(first!.leaseExpiresAt - first!.claimedAt, 300_000)
  t.true(Math.abs(first!.claimedAt - before) < 5_000)
})

everywhere('a pool that nobody uses can be deleted, and is unknown from then on', async (t, s) => {
  await s.setPoolLimit('db', 1, { leaseDuration: '1h' })
  await s.setPoolLimit('d', 1)
  t.true(await s.deletePoolLimit('db'))
  t.false(await s.deletePoolLimit('db'))
  t.false(await s.deletePoolLimit('ghost'))
  t.deepEqual(
    (await s.getAllPoolInfos()).map(pool => pool.poolKey),
    ['d'],
  )
  await rejects(t, 'ERR_NOT_FOUND', () => s.getPoolInfo('db'), /db/)
  await rejects(
    t,
    'ERR_NOT_FOUND',
    () => s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: ['d', 'db'] }),
    /db/,
  )
  // Made again, it is a new one.
  await s.setPoolLimit('db', 2)
  t.deepEqual((await s.getPoolLimits())[1], { poolKey: 'db', slotLimit: 2, leaseDurationSecs: 300 })
})

everywhere('a pool that is held or waited for is not deleted', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 1)
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: ['db', 'api'] })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'waits', pools: 'db' })
  const infos = await s.getAllPoolInfos()
  for (const pool of ['db', 'api'])
    await rejects(t, 'ERR_CONFLICT', () => s.deletePoolLimit(pool), new RegExp(`'${pool}'`))
  t.deepEqual(await s.getAllPoolInfos(), infos)
  await s.freeConcurrencySlots('r', 'holds')
  await rejects(t, 'ERR_CONFLICT', () => s.deletePoolLimit('db'), /db/)
  t.true(await s.deletePoolLimit('api'))
  await s.freeConcurrencySlots('r', 'waits')
  t.true(await s.deletePoolLimit('db'))
  t.deepEqual(await s.getPoolLimits(), [])
})

onBoth('a pool that somebody waits for natively is not deleted', async (t, s) => {
  await s.setPoolLimit('db', 0)
  const controller = new AbortController()
  const failure = failureOf(
    s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', timeout: '1h', signal: controller.signal }),
  )
  await until(async () => (await s.getPoolInfo('db')).pendingCount === 1, 'a waiter')
  await rejects(t, 'ERR_CONFLICT', () => s.deletePoolLimit('db'))
  controller.abort()
  t.is(await failure, controller.signal.reason)
  t.true(await s.deletePoolLimit('db'))
})

onManualClock('what has ended does not keep a pool', async (t, s, pass) => {
  await s.setPoolLimit('db', 1)
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: 'db', leaseDuration: '1s' })
  await s.claimConcurrencySlots({ runId: 'r', stepKey: 'waits', pools: 'db', waitTtl: '2s' })
  pass(1_999)
  await rejects(t, 'ERR_CONFLICT', () => s.deletePoolLimit('db'))
  pass(1)
  t.true(await s.deletePoolLimit('db'))
  // Nothing of it comes back with a pool of the same name.
  await s.setPoolLimit('db', 1)
  const { claimedCount, pendingCount } = await s.getPoolInfo('db')
  t.deepEqual([claimedCount, pendingCount, await s.renewSlotLease('r', 'holds')], [0, 0, 0])
})

embedded('tokens of a deleted pool are not given again, also after the store is opened again', async (t, open) => {
  let last = 0
  for (let round = 0; round < 3; round++) {
    const { s } = await open()
    await s.setPoolLimit('db', 1)
    const { token } = granted(await s.claimConcurrencySlots({ runId: `r${round}`, stepKey: 's', pools: 'db' }))
    t.true(token > last)
    last = token
    await s.freeConcurrencySlotsForRun(`r${round}`)
    t.true(await s.deletePoolLimit('db'))
    await s.close()
  }
})

embedded('a pool is deleted in its own code location, and stays deleted', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  for (const { s } of [a, b]) await s.setPoolLimit('db', 1)
  await b.s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: 'db' })
  t.true(await a.s.deletePoolLimit('db'))
  t.is((await b.s.getPoolInfo('db')).claimedCount, 1)
  await a.s.close()
  await b.s.close()
  t.deepEqual(await (await open({ codeLocation: 'a' })).s.getPoolLimits(), [])
})

embedded('pools and their queues belong to a code location and stay', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.setPoolLimit('db', 1)
  await rejects(t, 'ERR_NOT_FOUND', () => b.s.getPoolInfo('db'), /db/)
  await rejects(t, 'ERR_NOT_FOUND', () => b.s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools: 'db' }), /db/)
  await b.s.setPoolLimit('db', 1)
  t.true((await a.s.claimConcurrencySlots({ runId: 'ra', stepKey: 's', pools: 'db' })).isClaimed)
  t.true((await b.s.claimConcurrencySlots({ runId: 'rb', stepKey: 's', pools: 'db' })).isClaimed)
  t.is((await b.s.claimConcurrencySlots({ runId: 'rc', stepKey: 's', pools: 'db' })).position, 1)
  t.is((await a.s.getPoolInfo('db')).pendingCount, 0)
  const shown = [await a.s.getAllPoolInfos(), await a.s.getPoolSlotHolders('db')]
  await a.s.close()
  await b.s.close()
  const again = await open({ codeLocation: 'a' })
  t.deepEqual([await again.s.getAllPoolInfos(), await again.s.getPoolSlotHolders('db')], shown)
})
