import type { ConcurrencyClaimStatus, SlotClaim } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { embedded, everywhere } from './helpers/everywhere.js'
import { granted } from './helpers/granted.js'
import { bad, rejects } from './helpers/rejects.js'

const claim = (
  s: Driver,
  stepKey: string,
  pools: SlotClaim['pools'],
  more: Partial<SlotClaim> = {},
): Promise<ConcurrencyClaimStatus> => s.claimConcurrencySlots({ runId: 'r', stepKey, pools, ...more })
const use = async (s: Driver): Promise<Record<string, [claimed: number, pending: number]>> =>
  Object.fromEntries((await s.getAllPoolInfos()).map(pool => [pool.poolKey, [pool.claimedCount, pool.pendingCount]]))

everywhere('a claim that fits is granted with a token and an expiry', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const status = granted(await claim(s, 'a', 'db', { leaseDuration: '1h' }))
  t.deepEqual(status, {
    status: 'claimed',
    position: 0,
    reason: null,
    isClaimed: true,
    token: status.token,
    leaseExpiresAt: status.leaseExpiresAt,
  })
  t.true(Number.isSafeInteger(status.token) && status.token > 0)
  t.true(Math.abs(status.leaseExpiresAt - Date.now() - 3_600_000) < 5_000)
})

everywhere('a claim that does not fit waits and is told why', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await claim(s, 'a', 'db')
  t.deepEqual(await claim(s, 'b', 'db'), {
    status: 'pending',
    position: 1,
    reason: {
      kind: 'pool_full',
      poolKey: 'db',
      claimed: 1,
      limit: 1,
      pools: [],
      unsatisfiable: false,
      reserved: false,
    },
    isClaimed: false,
    token: null,
    leaseExpiresAt: null,
  })
  t.deepEqual(await use(s), { db: [1, 1] })
})

everywhere('several full pools are all named, in the order of the claim', async (t, s) => {
  await s.setPoolLimit('free', 1)
  await s.setPoolLimit('api', 1)
  await s.setPoolLimit('db', 3)
  await claim(s, 'a', { api: 1, db: 2 })
  const { reason } = await claim(s, 'b', [
    ['db', 2],
    ['free', 1],
    ['api', 1],
  ])
  t.deepEqual(reason, {
    kind: 'pools_full',
    poolKey: 'db',
    claimed: 2,
    limit: 3,
    pools: [
      { poolKey: 'db', claimed: 2, limit: 3 },
      { poolKey: 'api', claimed: 1, limit: 1 },
    ],
    unsatisfiable: false,
    reserved: false,
  })
  // All or nothing; a waiter is counted in every pool it names.
  t.deepEqual(await use(s), { api: [1, 1], db: [2, 1], free: [0, 1] })
})

everywhere('pools are named as a string, a list, pairs or an object; one named twice adds up', async (t, s) => {
  await s.setPoolLimit('db', 20)
  await s.setPoolLimit('api', 20)
  await s.setPoolLimit('', 20)
  const forms: [SlotClaim['pools'], number, number][] = [
    ['db', 1, 0],
    [['db', 'api'], 1, 1],
    [
      [
        ['db', 2],
        ['api', 3],
      ],
      2,
      3,
    ],
    [{ db: 4, api: 1 }, 4, 1],
    [
      [
        ['db', 2],
        ['db', 3],
      ],
      5,
      0,
    ],
    [['db', 'db'], 2, 0],
  ]
  for (const [i, [pools, db, api]] of forms.entries()) {
    t.true((await claim(s, `s${i}`, pools)).isClaimed)
    t.deepEqual(await use(s), { '': [0, 0], db: [db, 0], api: [api, 0] })
    await s.freeConcurrencySlotsForRun('r')
  }
  await claim(s, 'empty', '')
  t.deepEqual((await use(s))[''], [1, 0])
})

everywhere('weights count: what fits beside the others is granted', async (t, s) => {
  await s.setPoolLimit('db', 4)
  t.true((await claim(s, 'a', { db: 3 })).isClaimed)
  t.false((await claim(s, 'b', { db: 2 })).isClaimed)
  t.true((await claim(s, 'c', { db: 1 })).isClaimed)
  t.deepEqual(await use(s), { db: [4, 1] })
})

everywhere('more than a limit is unsatisfiable until it is raised', async (t, s) => {
  await s.setPoolLimit('db', 2)
  await s.setPoolLimit('closed', 0)
  t.true((await claim(s, 'big', { db: 3 })).reason?.unsatisfiable)
  t.true((await claim(s, 'closed', 'closed')).reason?.unsatisfiable)
  t.deepEqual(await use(s), { closed: [0, 1], db: [0, 1] })
  await s.setPoolLimit('db', 3)
  t.true((await claim(s, 'big', { db: 3 })).isClaimed)
})

everywhere('an unlimited pool grants everything and records who holds', async (t, s) => {
  await s.setPoolLimit('open', -1)
  t.true((await claim(s, 'a', { open: 2147483647 })).isClaimed)
  t.true((await claim(s, 'b', { open: 1 })).isClaimed)
  t.is((await s.getPoolSlotHolders('open')).length, 2)
  t.is(await s.renewSlotLease('r', 'b'), 1)
  t.is(await s.freeConcurrencySlots('r', 'b'), 1)
  t.deepEqual(await use(s), { open: [2147483647, 0] })
})

everywhere('an unknown pool spoils the whole claim', async (t, s) => {
  await s.setPoolLimit('db', 1)
  for (const pools of [['ghost'], ['db', 'ghost'], ['ghost', 'db'], { db: 9, ghost: 1 }] as SlotClaim['pools'][]) {
    await rejects(t, 'ERR_NOT_FOUND', () => claim(s, 'a', pools), /ghost/)
  }
  await rejects(t, 'ERR_NOT_FOUND', () => claim(s, 'a', 'DB'), /DB/)
  t.deepEqual(await use(s), { db: [0, 0] })
})

everywhere('malformed claims are refused and leave nothing', async (t, s) => {
  await s.setPoolLimit('db', 1)
  for (const pools of [[], {}, null, undefined, 1, [['db']], [['db', 1, 2]], [1], ['\ud800'], new Map([['db', 1]])]) {
    await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', bad(pools)), /pools/)
  }
  for (const slots of [0, -1, 1.5, 2147483648, Number.NaN, '1', null]) {
    await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', { db: bad<number>(slots) }), /pools/)
    await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', [['db', bad<number>(slots)]]), /pools/)
  }
  await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', 'db', { priority: 2 ** 31 }), /priority/)
  await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', 'db', { priority: 0.5 }), /priority/)
  await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', 'db', { leaseDuration: '5' }), /leaseDuration/)
  await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', 'db', { waitTtl: -1 }), /waitTtl/)
  await rejects(t, 'ERR_INVALID_ARG', () => claim(s, 'a', 'db', { attempt: bad(1) }), /attempt/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.claimConcurrencySlots(bad({ runId: 'r', pools: 'db' })), /stepKey/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.claimConcurrencySlots(bad('db')), /claim/)
  t.deepEqual(await use(s), { db: [0, 0] })
})

everywhere('weights that add up beyond the range are refused', async (t, s) => {
  await s.setPoolLimit('db', -1)
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () =>
      claim(s, 'a', [
        ['db', 2147483647],
        ['db', 1],
      ]),
    /pools/,
  )
  t.deepEqual(await use(s), { db: [0, 0] })
})

everywhere('positions are ranks: first come first, higher priority before', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await claim(s, 'holder', 'db')
  t.is((await claim(s, 'first', 'db')).position, 1)
  t.is((await claim(s, 'second', 'db')).position, 2)
  t.is((await claim(s, 'urgent', 'db', { priority: 5 })).position, 1)
  t.is((await claim(s, 'idle', 'db', { priority: -5 })).position, 4)
  // Asking again keeps the place.
  t.is((await claim(s, 'first', 'db')).position, 2)
  t.is((await claim(s, 'second', 'db')).position, 3)
  t.deepEqual(await use(s), { db: [1, 4] })
})

everywhere('a freed slot goes to the head of the queue, whoever asks first', async (t, s) => {
  await s.setPoolLimit('db', 1)
  for (const step of ['holder', 'first', 'second']) await claim(s, step, 'db')
  await claim(s, 'urgent', 'db', { priority: 1 })
  let holder = 'holder'
  for (const [next, priority] of [
    ['urgent', 1],
    ['first', 0],
    ['second', 0],
  ] as const) {
    await s.freeConcurrencySlots('r', holder)
    if (next !== 'second') t.false((await claim(s, 'second', 'db')).isClaimed)
    t.true((await claim(s, next, 'db', { priority })).isClaimed)
    holder = next
  }
  t.deepEqual(await use(s), { db: [1, 0] })
})

everywhere('freeing answers the slot rows and takes the step out of the queue', async (t, s) => {
  await s.setPoolLimit('db', 3)
  await s.setPoolLimit('api', 3)
  await claim(s, 'a', { db: 2, api: 1 })
  await claim(s, 'b', 'db')
  await claim(s, 'waits', 'db')
  t.deepEqual(await use(s), { api: [1, 0], db: [3, 1] })
  t.is(await s.freeConcurrencySlots('r', 'waits'), 0)
  t.deepEqual(await use(s), { api: [1, 0], db: [3, 0] })
  t.is(await s.freeConcurrencySlots('r', 'a'), 2)
  t.is(await s.freeConcurrencySlots('r', 'a'), 0)
  t.is(await s.freeConcurrencySlots('ghost', 'a'), 0)
  t.deepEqual(await use(s), { api: [0, 0], db: [1, 0] })
})

everywhere('a run frees all its steps, held and waiting, and no others', async (t, s) => {
  await s.setPoolLimit('db', 3)
  await s.setPoolLimit('api', 3)
  await claim(s, 'a', ['db', 'api'])
  await claim(s, 'b', 'db')
  await s.claimConcurrencySlots({ runId: 'other', stepKey: 'a', pools: 'db' })
  await claim(s, 'waits', 'db')
  t.is(await s.freeConcurrencySlotsForRun('r'), 3)
  t.deepEqual(await use(s), { api: [0, 0], db: [1, 0] })
  t.is(await s.freeConcurrencySlotsForRun('r'), 0)
})

everywhere('the same names are other holders in another run or step', async (t, s) => {
  await s.setPoolLimit('db', 10)
  for (const [runId, stepKey] of [
    ['a', 'b|c'],
    ['a|b', 'c'],
    ['', ''],
    ['nul\0', 's'],
    ['nul', '\0s'],
    ['🚀', 'ü'],
  ] as const) {
    t.true((await s.claimConcurrencySlots({ runId, stepKey, pools: 'db' })).isClaimed)
  }
  t.is((await s.getPoolSlotHolders('db')).length, 6)
  t.is(await s.freeConcurrencySlots('a', 'b|c'), 1)
  t.is(await s.freeConcurrencySlotsForRun('nul\0'), 1)
  t.is(await s.freeConcurrencySlots('', ''), 1)
  t.deepEqual(await use(s), { db: [3, 0] })
})

everywhere('many who claim at once never exceed the limit', async (t, s) => {
  await s.setPoolLimit('db', 3)
  await s.setPoolLimit('api', 2)
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => claim(s, `s${i}`, i % 2 ? ['db', 'api'] : ['api', 'db'])),
  )
  t.is(answers.filter(answer => answer.isClaimed).length, 2)
  t.deepEqual(await use(s), { api: [2, 48], db: [2, 48] })
  t.is(new Set(answers.filter(answer => !answer.isClaimed).map(answer => answer.position)).size, 48)
})

embedded('a lease is renewed and freed by its run and step, whatever the code location', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  for (const { s } of [a, b]) await s.setPoolLimit('db', 1)
  await claim(a.s, 's', 'db')
  t.is(await b.s.renewSlotLease('r', 's'), 1)
  t.is(await b.s.freeConcurrencySlots('r', 's'), 1)
  t.deepEqual(await use(a.s), { db: [0, 0] })
})
