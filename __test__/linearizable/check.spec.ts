import test from 'ava'
import type { ConcurrencyClaimStatus, PoolInfo, StorageErrorCode } from 'rivers-storage'
import { unexplained } from './explain.js'
import type { Answer, AnyCall, Arguments, Method } from './history.js'
import type { ClockKind } from './pools.js'

// A check of histories that refuses none shows nothing: these are made by hand, and each has one thing wrong with it.

type Outcome<M extends Method> = { answer: Answer<M> } | { error: StorageErrorCode }
type Written = { [M in Method]: readonly [method: M, args: Arguments<M>, outcome: Outcome<M>] }[Method]

const during = (called: number, returned: number, [method, args, outcome]: Written): AnyCall =>
  ({ method, args, outcome, called, returned, caller: 'by hand' }) as AnyCall

/** One after another. */
const inTurn = (...calls: Written[]): AnyCall[] => calls.map((call, i) => during(10 * i, 10 * i + 5, call))

const done = { answer: undefined }
const set = (value: string): Written => ['kvSet', ['k', Buffer.from(value)], done]
const got = (value: string): Written => ['kvGet', ['k'], { answer: Buffer.from(value) }]
const limit = (pool: string, slots: number): Written => ['setPoolLimit', [pool, slots], done]
const step = (stepKey: string, attempt = '1', pools: Record<string, number> = { a: 1 }) =>
  ({ runId: 'r', stepKey, attempt, pools, leaseDuration: 1000, waitTtl: 0 }) as const
const granted = (stepKey: string, token: number, attempt?: string, pools?: Record<string, number>): Written => {
  const answer: ConcurrencyClaimStatus = {
    status: 'claimed',
    position: 0,
    reason: null,
    isClaimed: true,
    token,
    leaseExpiresAt: 1000,
  }
  return ['claimConcurrencySlots', [step(stepKey, attempt, pools)], { answer }]
}
const refused = (stepKey: string, claimed: number, limit: number): Written => {
  const reason = {
    kind: 'pool_full' as const,
    poolKey: 'a',
    claimed,
    limit,
    pools: [],
    unsatisfiable: false,
    reserved: false,
  }
  const answer: ConcurrencyClaimStatus = {
    status: 'pending',
    position: 1,
    reason,
    isClaimed: false,
    token: null,
    leaseExpiresAt: null,
  }
  return ['claimConcurrencySlots', [step(stepKey)], { answer }]
}
const freed = (stepKey: string, slots: number, token?: number): Written => [
  'freeConcurrencySlots',
  ['r', stepKey, token === undefined ? {} : { token }],
  { answer: slots },
]
const renewed = (stepKey: string, slots: number): Written => [
  'renewSlotLease',
  ['r', stepKey, { leaseDuration: 1000 }],
  { answer: slots },
]
const info = ([poolKey, claimedCount]: [pool: string, claimed: number]): PoolInfo => ({
  poolKey,
  slotLimit: 1,
  leaseDurationSecs: 300,
  claimedCount,
  pendingCount: 0,
})
const shown = (...claimed: [pool: string, claimed: number][]): Written => [
  'getAllPoolInfos',
  [],
  { answer: claimed.map(info) },
]
const pass = (ms: number): Written => ['advanceTime', [ms], done]
const stored = (stepKey: string, token: number): Written => [
  'storeEvent',
  [{ eventType: 'StepRetry', runId: 'r' }, { lease: { runId: 'r', stepKey, token } }],
  { answer: 'id' },
]
const started = (answer: boolean): Written => ['tryStartRun', ['r'], { answer }]
const created: Written = ['createRun', [{ runId: 'r' }], done]

const wrong: [what: string, history: AnyCall[], clock?: ClockKind][] = [
  ['a stale read', inTurn(set('old'), set('new'), got('old'))],
  ['a read of what was not written yet', inTurn(got('new'), set('new'))],
  [
    'two reads of two writes in the order that a third has seen reversed',
    [
      during(0, 100, set('one')),
      during(0, 100, set('other')),
      during(10, 20, got('one')),
      during(30, 40, got('other')),
      during(50, 60, got('one')),
    ],
  ],
  [
    'a lost update: two who deleted what was set once',
    inTurn(set('v'), ['kvDelete', ['k'], { answer: true }], ['kvDelete', ['k'], { answer: true }]),
  ],
  ['a run that was started twice', inTurn(created, started(true), started(true))],
  ['a slot that was granted twice', inTurn(limit('a', 1), granted('x', 1), granted('y', 2))],
  ['a claim that was refused though it fits', inTurn(limit('a', 2), granted('x', 1), refused('y', 1, 2))],
  ['a refusal that counts wrongly', inTurn(limit('a', 1), granted('x', 1), refused('y', 2, 1))],
  ['a token that was given before', inTurn(limit('a', 2), granted('x', 1), granted('y', 1))],
  ['a token that grew less', inTurn(limit('a', 2), granted('x', 2), granted('y', 1))],
  ['a claim again that is another grant', inTurn(limit('a', 1), granted('x', 1), granted('x', 2))],
  ['another attempt that is the same grant', inTurn(limit('a', 1), granted('x', 1), granted('x', 1, '2'))],
  [
    'a release of a dead grant that freed something',
    inTurn(limit('a', 1), granted('x', 1), granted('x', 2, '2'), freed('x', 1, 1)),
  ],
  ['a lost release', inTurn(limit('a', 1), granted('x', 1), freed('x', 1), shown(['a', 1]))],
  ['slots that were freed twice', inTurn(limit('a', 1), granted('x', 1), freed('x', 1), freed('x', 1))],
  [
    'half a claim',
    inTurn(limit('a', 1), limit('b', 1), granted('x', 1, '1', { a: 1, b: 1 }), shown(['a', 1], ['b', 0])),
  ],
  ['an event of a dead grant', inTurn(limit('a', 1), granted('x', 1), freed('x', 1), stored('x', 1))],
  ['a revived lease', inTurn(limit('a', 1), granted('x', 1), pass(1000), renewed('x', 1)), 'manual'],
  ['an expired lease that counts', inTurn(limit('a', 1), granted('x', 1), pass(1000), shown(['a', 1])), 'manual'],
  [
    'a lease that ends at another time than it was claimed for',
    inTurn(limit('a', 1), pass(500), granted('x', 1)),
    'manual',
  ],
]
for (const [what, history, clock = 'system'] of wrong) {
  test(`${what} is refused`, t => {
    t.regex(unexplained(history, clock) ?? 'explained', /none of these can be next/)
  })
}

const right: [what: string, history: AnyCall[], clock?: ClockKind][] = [
  [
    'a life of leases',
    inTurn(
      limit('a', 1),
      limit('b', 1),
      granted('x', 1),
      granted('x', 1),
      refused('y', 1, 1),
      shown(['a', 1], ['b', 0]),
      stored('x', 1),
      granted('x', 3, '2', { b: 1 }),
      freed('x', 0, 1),
      shown(['a', 1], ['b', 1]),
      freed('x', 2, 3),
      granted('y', 4),
      pass(999),
      pass(1),
      renewed('y', 0),
      shown(['a', 0], ['b', 0]),
    ),
    'manual',
  ],
  ['a read of what is just being written', [during(0, 100, set('v')), during(10, 20, got('v'))]],
  [
    'an order other than that of the returns',
    [during(0, 100, set('one')), during(50, 60, set('other')), during(70, 110, got('one'))],
  ],
  [
    'a release that comes between two claims whose returns are the other way round',
    [
      during(0, 1, limit('a', 1)),
      during(2, 3, granted('x', 1)),
      during(10, 100, freed('x', 1)),
      during(20, 30, granted('y', 2)),
      during(40, 50, refused('x', 1, 1)),
    ],
  ],
]
for (const [what, history, clock = 'system'] of right) {
  test(`${what} is explained`, t => t.is(unexplained(history, clock), null))
}
