import type { NewTick, StoredTick } from 'rivers-storage'
import { embedded, everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const ids = (ticks: StoredTick[]): string[] => ticks.map(tick => tick.id)
const tick: NewTick = { automationName: 'n', automationType: 'Schedule', status: 'Success' }

everywhere('a tick comes back as it was stored', async (t, s) => {
  const full: NewTick = {
    id: 'mine',
    automationName: 'every | day, 🚀',
    automationType: 'any type',
    status: 'any status',
    timestamp: -5,
    runIds: ['b', 'a', 'b'],
    backfillIds: [''],
    skipReason: '',
    error: 'why',
    cursor: '42',
  }
  t.is(await s.storeTick(full), 'mine')
  t.deepEqual(await s.getTicks(full.automationName), [full as StoredTick])
})

everywhere('what is left out, or null where it may be, is null, an empty list, or now', async (t, s) => {
  const before = Date.now()
  const [left, given] = await s.storeTicks([tick, { ...tick, skipReason: null, error: null, cursor: null }])
  const ticks = await s.getTicks('n')
  t.true(Math.abs(ticks[0]!.timestamp - before) < 5_000)
  t.deepEqual(
    ticks,
    [given!, left!].map((id, i) => ({
      ...tick,
      id,
      timestamp: ticks[i]!.timestamp,
      runIds: [],
      backfillIds: [],
      skipReason: null,
      error: null,
      cursor: null,
    })),
  )
})

everywhere('ticks are listed newest first, the last stored first among equals', async (t, s) => {
  const stored = await s.storeTicks([5, 9, 5, -1, 5].map(timestamp => ({ ...tick, timestamp })))
  await s.storeTick({ ...tick, automationName: 'other', timestamp: 7 })
  t.deepEqual(
    ids(await s.getTicks('n')),
    [1, 4, 2, 0, 3].map(at => stored[at]!),
  )
  t.deepEqual(await s.getTicks('unknown'), [])
  t.deepEqual(await s.storeTicks([]), [])
})

everywhere('ticks are paged: 100 by default, after a tick of the list', async (t, s) => {
  const stored = await s.storeTicks(
    Array.from({ length: 120 }, (_, i) => ({
      ...tick,
      timestamp: Math.floor(i / 7),
      ...(i % 2 && { id: `mine ${i}` }),
    })),
  )
  const all = stored.toReversed()
  t.deepEqual(ids(await s.getTicks('n')), all.slice(0, 100))
  t.deepEqual(ids(await s.getTicks('n', { limit: 1000 })), all)
  t.deepEqual(await s.getTicks('n', { limit: 0 }), [])
  for (const at of [0, 1, 57, 58]) {
    t.deepEqual(ids(await s.getTicks('n', { limit: 5, after: all[at]! })), all.slice(at + 1, at + 6))
  }
  t.deepEqual(await s.getTicks('n', { after: all.at(-1)! }), [])
  const other = await s.storeTick({ ...tick, automationName: 'other' })
  for (const after of ['gone', '', other]) await rejects(t, 'ERR_NOT_FOUND', () => s.getTicks('n', { after }), /after/)
})

everywhere('an id that comes again changes nothing, one of another tick is a conflict', async (t, s) => {
  const mine = { ...tick, id: 'mine', timestamp: 1 }
  t.deepEqual(await s.storeTicks([mine, mine]), ['mine', 'mine'])
  t.is(await s.storeTick({ ...mine, timestamp: 2, status: 'Failed' }), 'mine')
  const ticks = await s.getTicks('n')
  t.deepEqual(
    ticks.map(({ id, timestamp, status }) => [id, timestamp, status]),
    [['mine', 1, 'Success']],
  )
  for (const other of [{ automationName: 'other' }, { automationType: 'Sensor' }]) {
    await rejects(
      t,
      'ERR_CONFLICT',
      () =>
        s.storeTicks([
          { ...tick, automationName: 'new' },
          { ...mine, ...other },
        ]),
      /mine/,
    )
  }
  t.deepEqual(await s.getTicks('n'), ticks)
  t.deepEqual(await s.getTicks('new'), [])
})

everywhere('one bad tick spoils its batch', async (t, s) => {
  const cases: [RegExp, Partial<NewTick>][] = [
    [/ticks\[1\]\.id/, { id: bad(null) }],
    [/ticks\[1\]\.automationName/, { automationName: '\ud800' }],
    [/ticks\[1\]\.automationType/, { automationType: bad(1) }],
    [/ticks\[1\]\.status/, { status: bad(undefined) }],
    [/ticks\[1\]\.timestamp/, { timestamp: 0.5 }],
    [/ticks\[1\]\.timestamp/, { timestamp: bad(new Date()) }],
    [/ticks\[1\]\.runIds/, { runIds: bad('r') }],
    [/ticks\[1\]\.runIds\[0\]/, { runIds: ['\udc00'] }],
    [/ticks\[1\]\.backfillIds/, { backfillIds: bad(null) }],
    [/ticks\[1\]\.skipReason/, { skipReason: bad(1) }],
    [/ticks\[1\]\.error/, { error: '\ud800' }],
    [/ticks\[1\]\.cursor/, { cursor: bad(42) }],
  ]
  for (const [mention, wrong] of cases) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.storeTicks([tick, { ...tick, ...wrong }]), mention)
  }
  for (const ticks of [null, undefined, {}, 'x', [null]]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.storeTicks(bad(ticks)), /ticks/)
  }
  await rejects(t, 'ERR_INVALID_ARG', () => s.storeTick(bad(undefined)), /tick/)
  t.deepEqual(await s.getTicks('n'), [])
})

embedded('ticks belong to a code location and stay', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.storeTicks([{ ...tick, id: 'mine' }, tick])
  const ticks = await a.s.getTicks('n')
  t.deepEqual(await b.s.getTicks('n'), [])
  for (const after of ids(ticks)) await rejects(t, 'ERR_NOT_FOUND', () => b.s.getTicks('n', { after }))
  await a.s.close()
  await b.s.close()
  const again = await open({ codeLocation: 'a' })
  t.deepEqual(await again.s.getTicks('n'), ticks)
  // Of one time, the order of storing goes on where it was.
  const last = await again.s.storeTick({ ...tick, timestamp: ticks[0]!.timestamp })
  t.deepEqual(ids(await again.s.getTicks('n')), [last, ...ids(ticks)])
})
