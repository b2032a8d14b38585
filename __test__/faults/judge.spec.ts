// The judge of the faults, on reports that are wrong on purpose.
import test from 'ava'
import { judge, type Evidence, type Row } from './judge.js'
import type { Call, Change, Hold } from './records.js'

const PHASES = ['first', 'second'].map((fault, i) => ({ fault, from: 1000 * i, to: 1000 * (i + 1), faults: 1 }))

const call = (rest: Partial<Call>): Call => {
  return { kind: 'call', storage: 0, name: 'kvSet', start: 1, end: 2, over: -3000, error: null, ...rest }
}
const hold = (rest: Partial<Hold>): Hold => {
  return { kind: 'hold', pools: { p: 1 }, token: 1, asked: 1, from: 2, to: 10, ...rest }
}
const change = (rest: Partial<Change>): Change => {
  return { kind: 'change', at: 1, marker: { kind: 'kv', key: 'k' }, state: 'set', isAcknowledged: true, ...rest }
}

/** What the rows count, without the calls. */
function faults(evidence: Partial<Evidence>): Partial<Row>[] {
  const none = { phases: PHASES, reports: [], limits: { p: 1 }, samples: [], sightings: [], found: new Map() }
  const { rows, complaints } = judge({ ...none, ...evidence })
  const counted = rows.map(({ late, lateWaits, lost, overGranted, afterError, unexpected }) =>
    Object.fromEntries(
      Object.entries({ late, lateWaits, lost, overGranted, afterError, unexpected }).filter(([, count]) => count > 0),
    ),
  )
  const sum = counted.flatMap(row => Object.values(row)).reduce((a, b) => a + b, 0)
  if (sum !== complaints.length) throw new Error(`${sum} of ${complaints.join('\n')}`)
  return counted
}

test('what is right is not counted', t => {
  const reports = [
    call({ over: 900 }),
    hold({}),
    hold({ asked: 5, from: 10, to: 20, token: 2 }),
    { kind: 'absent', at: 5, runId: 'r', stepKey: 's' } as const,
  ]
  const samples = [{ at: 1, pool: 'p', claimed: 1 }]
  const sightings = [{ at: 4, runId: 'r', stepKey: 's' }]
  const found = new Map([
    [change({}), ['set', 'set']],
    [change({ isAcknowledged: false, state: 'none' }), ['none', 'none']],
  ])
  t.deepEqual(faults({ reports, samples, sightings, found }), [{}, {}])
})

test('calls and waits that end after their deadlines', t => {
  const reports = [call({ over: 1001 }), call({ over: 1001, start: 1500, name: 'acquireSlots' })]
  t.deepEqual(faults({ reports }), [{ late: 1 }, { lateWaits: 1 }])
})

test('an acknowledged write that is lost, also later', t => {
  t.deepEqual(faults({ found: new Map([[change({}), ['set', 'none']]]) }), [{ lost: 1 }, {}])
})

test('an effect after an error, also later', t => {
  const failed = change({ at: 1500, isAcknowledged: false, state: 'none' })
  t.deepEqual(faults({ found: new Map([[failed, ['none', 'set']]]) }), [{}, { afterError: 1 }])
})

test('a claim that is granted after it failed', t => {
  const reports = [{ kind: 'absent', at: 5, runId: 'r', stepKey: 's' } as const]
  t.deepEqual(faults({ reports, sightings: [{ at: 6, runId: 'r', stepKey: 's' }] }), [{ afterError: 1 }, {}])
})

test('two holders of one slot', t => {
  const other = hold({ asked: 3, from: 9, to: 11, token: 2 })
  t.deepEqual(faults({ reports: [hold({}), other] }), [{ overGranted: 1 }, {}])
  t.deepEqual(faults({ reports: [hold({}), { ...other, pools: { q: 1 } }] }), [{}, {}])
})

test('more slots stored than there are', t => {
  t.deepEqual(faults({ samples: [{ at: 1500, pool: 'p', claimed: 2 }] }), [{}, { overGranted: 1 }])
})

test('a token that was granted before, and one that is below that of an earlier grant', t => {
  const later = { asked: 11, from: 12, to: 13 }
  t.deepEqual(faults({ reports: [hold({ token: 5 }), hold({ ...later, token: 4 })] }), [{ overGranted: 1 }, {}])
  // Twice, and not above the first.
  t.deepEqual(faults({ reports: [hold({ token: 5 }), hold({ ...later, token: 5 })] }), [{ overGranted: 2 }, {}])
  // Of the same time.
  t.deepEqual(faults({ reports: [hold({ token: 5, to: 3 }), hold({ asked: 1, from: 4, token: 4 })] }), [{}, {}])
})
