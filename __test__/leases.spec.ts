import type { ClaimedStatus, ConcurrencyClaimStatus, SlotClaim } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { embedded, everywhere, onManualClock } from './helpers/everywhere.js'
import { granted } from './helpers/granted.js'
import { bad, rejects } from './helpers/rejects.js'

const claim = (
  s: Driver,
  stepKey: string,
  pools: SlotClaim['pools'],
  more: Partial<SlotClaim> = {},
): Promise<ConcurrencyClaimStatus> => s.claimConcurrencySlots({ runId: 'r', stepKey, pools, ...more })
const grant = async (...args: Parameters<typeof claim>): Promise<ClaimedStatus> => granted(await claim(...args))
const claimed = async (s: Driver, pool = 'db'): Promise<number> => (await s.getPoolInfo(pool)).claimedCount
const pending = async (s: Driver, pool = 'db'): Promise<number> => (await s.getPoolInfo(pool)).pendingCount

everywhere('the same attempt claiming again has the same lease: token kept, weights and expiry new', async (t, s) => {
  await s.setPoolLimit('db', 5)
  const first = await grant(s, 'a', { db: 3 }, { leaseDuration: '1m' })
  const second = await grant(s, 'a', { db: 5 }, { leaseDuration: '1h' })
  t.is(second.token, first.token)
  t.true(second.leaseExpiresAt > first.leaseExpiresAt + 3_000_000)
  t.is(await claimed(s), 5)
  const third = await grant(s, 'a', { db: 2 }, { leaseDuration: '1m' })
  t.true(third.leaseExpiresAt < second.leaseExpiresAt)
  t.is(await claimed(s), 2)
  t.is((await s.getPoolSlotHolders('db')).length, 1)
})

everywhere('pools added to a lease join it, those not named stay', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 1)
  const { token } = await grant(s, 'a', 'db', { leaseDuration: '1m' })
  t.is((await claim(s, 'a', 'api', { leaseDuration: '1h' })).token, token)
  const [db] = await s.getPoolSlotHolders('db')
  const [api] = await s.getPoolSlotHolders('api')
  t.is(db?.token, token)
  t.is(api?.token, token)
  t.is(db?.leaseExpiresAt, api!.leaseExpiresAt)
  t.is(await s.freeConcurrencySlots('r', 'a'), 2)
})

everywhere('a holder that asks for more than fits keeps what it has', async (t, s) => {
  await s.setPoolLimit('db', 3)
  const { token } = await grant(s, 'a', { db: 2 })
  await claim(s, 'b', { db: 1 })
  t.false((await claim(s, 'a', { db: 3 })).isClaimed)
  t.is(await claimed(s), 3)
  t.is(await pending(s), 1)
  t.is((await s.getPoolSlotHolders('db')).find(holder => holder.stepKey === 'a')?.token, token)
  // Content with what it has, it waits no longer.
  t.is((await claim(s, 'a', { db: 2 })).token, token)
  t.is(await pending(s), 0)
})

everywhere('another attempt takes the lease over: a new token, the old one dead', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const old = await grant(s, 'a', 'db', { attempt: '1' })
  const taken = await grant(s, 'a', 'db', { attempt: '2' })
  t.true(taken.isClaimed)
  t.true(taken.token > old.token)
  t.is(await claimed(s), 1)
  t.is(await s.renewSlotLease('r', 'a', { token: old.token }), 0)
  t.is(await s.freeConcurrencySlots('r', 'a', { token: old.token }), 0)
  t.is(await claimed(s), 1)
  t.is(await s.renewSlotLease('r', 'a', { token: taken.token }), 1)
  t.is(await s.freeConcurrencySlots('r', 'a', { token: taken.token }), 1)
})

everywhere('another attempt that has to wait leaves the old lease alive', async (t, s) => {
  await s.setPoolLimit('db', 2)
  const old = await grant(s, 'a', 'db', { attempt: '1' })
  await claim(s, 'b', 'db')
  t.false((await claim(s, 'a', { db: 2 }, { attempt: '2' })).isClaimed)
  t.is(await s.renewSlotLease('r', 'a', { token: old.token }), 1)
})

everywhere('every grant has a greater token than all before it', async (t, s) => {
  await s.setPoolLimit('db', 10)
  await s.setPoolLimit('api', 10)
  let last = 0
  for (let i = 0; i < 10; i++) {
    const { token } = await grant(s, `s${i}`, i % 2 ? 'db' : 'api')
    t.true(token > last)
    last = token
    if (i % 3 === 0) await s.freeConcurrencySlots('r', `s${i}`)
  }
  t.true((await grant(s, 's0', 'api')).token > last)
})

everywhere('a lease of no length is granted and over at once', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const first = await grant(s, 'a', 'db', { leaseDuration: 0 })
  t.true(first.isClaimed)
  t.is(await claimed(s), 0)
  t.deepEqual(await s.getPoolSlotHolders('db'), [])
  t.is(await s.renewSlotLease('r', 'a'), 0)
  t.true((await claim(s, 'b', 'db')).isClaimed)
  t.is(await claimed(s), 1)
  // The pool is full now: the old lease does not come back.
  t.is(await s.renewSlotLease('r', 'a', { leaseDuration: '5m' }), 0)
  t.is(await s.renewSlotLease('r', 'a', { token: first.token }), 0)
  t.is(await claimed(s), 1)
})

everywhere('who lost a lease gets a new one with a new token', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const first = await grant(s, 'a', 'db', { leaseDuration: 0 })
  const second = await grant(s, 'a', 'db')
  t.true(second.isClaimed)
  t.true(second.token > first.token)
  t.is(await s.freeConcurrencySlots('r', 'a', { token: first.token }), 0)
  t.is(await claimed(s), 1)
})

everywhere('expired rows are removed on request and counted', async (t, s) => {
  await s.setPoolLimit('db', 9)
  await s.setPoolLimit('api', 9)
  t.is(await s.freeExpiredLeases(), 0)
  await claim(s, 'a', 'db')
  await claim(s, 'b', ['db', 'api'])
  // Shortened to nothing, they are expired; no claim comes in between that would sweep them.
  t.is(await s.renewSlotLease('r', 'b', { leaseDuration: 0 }), 2)
  t.is(await s.freeExpiredLeases(), 2)
  t.is(await s.freeExpiredLeases(), 0)
  t.is(await claimed(s), 1)
  t.is(await claimed(s, 'api'), 0)
})

everywhere('renewing answers the rows, and the lease lasts from now', async (t, s) => {
  await s.setPoolLimit('db', 9, { leaseDuration: '10m' })
  await s.setPoolLimit('api', 9, { leaseDuration: '2m' })
  await claim(s, 'a', ['db', 'api'], { leaseDuration: '1h' })
  const left = async (): Promise<number> =>
    Math.round(((await s.getPoolSlotHolders('db'))[0]!.leaseExpiresAt - Date.now()) / 60_000)
  t.is(await left(), 60)
  t.is(await s.renewSlotLease('r', 'a', { leaseDuration: '2h' }), 2)
  t.is(await left(), 120)
  // By default the shortest of the pools it holds.
  t.is(await s.renewSlotLease('r', 'a'), 2)
  t.is(await left(), 2)
  t.is(await s.renewSlotLease('r', 'ghost'), 0)
  await rejects(t, 'ERR_INVALID_ARG', () => s.renewSlotLease('r', 'a', { leaseDuration: '5' }), /leaseDuration/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.renewSlotLease('r', 'a', { token: bad('1') }), /token/)
})

everywhere('a step that waits has nothing to renew', async (t, s) => {
  await s.setPoolLimit('db', 0)
  await claim(s, 'a', 'db')
  t.is(await s.renewSlotLease('r', 'a'), 0)
  t.is(await pending(s), 1)
})

everywhere('a claim lasts as long as the shortest of its pools says', async (t, s) => {
  await s.setPoolLimit('long', 9, { leaseDuration: '1h' })
  await s.setPoolLimit('short', 9, { leaseDuration: '1500ms' })
  await claim(s, 'a', ['long', 'short'])
  const [holder] = await s.getPoolSlotHolders('long')
  t.is(holder!.leaseExpiresAt - holder!.claimedAt, 1500)
})

everywhere('the longest lease is accepted', async (t, s) => {
  await s.setPoolLimit('db', 1)
  t.true((await claim(s, 'a', 'db', { leaseDuration: '4294967295s' })).isClaimed)
  const [holder] = await s.getPoolSlotHolders('db')
  t.is(holder!.leaseExpiresAt - holder!.claimedAt, 4_294_967_295_000)
})

onManualClock('a lease ends at its expiry, to the millisecond', async (t, s, pass) => {
  await s.setPoolLimit('db', 1)
  t.is((await claim(s, 'a', 'db', { leaseDuration: '500ms' })).leaseExpiresAt, 500)
  pass(499)
  t.is(await claimed(s), 1)
  t.false((await claim(s, 'b', 'db')).isClaimed)
  pass(1)
  t.is(await claimed(s), 0)
  t.deepEqual(await s.getPoolSlotHolders('db'), [])
  t.is(await s.renewSlotLease('r', 'a'), 0)
  t.true((await claim(s, 'b', 'db')).isClaimed)
})

onManualClock('a renewed lease lives on', async (t, s, pass) => {
  await s.setPoolLimit('db', 1, { leaseDuration: '1s' })
  await claim(s, 'a', 'db')
  for (let i = 0; i < 5; i++) {
    pass('900ms')
    t.is(await s.renewSlotLease('r', 'a'), 1)
  }
  t.is(await claimed(s), 1)
  pass('1s')
  t.is(await s.renewSlotLease('r', 'a'), 0)
})

onManualClock('a waiter that is not heard of leaves after its time', async (t, s, pass) => {
  await s.setPoolLimit('db', 0)
  await claim(s, 'default', 'db')
  await claim(s, 'short', 'db', { waitTtl: '2s' })
  pass(1999)
  t.is(await pending(s), 2)
  pass(1)
  t.is(await pending(s), 1)
  pass(12_999)
  t.is(await pending(s), 1)
  t.is((await claim(s, 'default', 'db')).position, 1)
  pass(14_999)
  t.is(await pending(s), 1)
  pass(1)
  t.is(await pending(s), 0)
})

onManualClock('holders are ordered by their last successful claim', async (t, s, pass) => {
  await s.setPoolLimit('db', 9)
  for (const step of ['a', 'b', 'c']) {
    await claim(s, step, 'db')
    pass(1)
  }
  await claim(s, 'a', 'db')
  t.deepEqual(
    (await s.getPoolSlotHolders('db')).map(holder => [holder.stepKey, holder.claimedAt]),
    [
      ['b', 1],
      ['c', 2],
      ['a', 3],
    ],
  )
})

embedded('leases and tokens outlive the store that granted them', async (t, open) => {
  const first = await open()
  await first.s.setPoolLimit('db', 2)
  const { token } = await grant(first.s, 'a', 'db')
  await first.s.close()
  const { s } = await open()
  t.is(await claimed(s), 1)
  t.is(await s.renewSlotLease('r', 'a', { token }), 1)
  t.true((await grant(s, 'b', 'db')).token > token)
})
