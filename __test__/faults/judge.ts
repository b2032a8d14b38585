// What the reports of a run say of the promises of a store on a server.
import type { Change, Hold, Report } from './records.js'

/** A time in which one kind of fault was in force now and then. */
export interface Phase {
  fault: string
  from: number
  to: number
  /** How often it took place. */
  faults: number
}

/** How many slots of a pool were held, by the store's own records. */
export interface Sample {
  at: number
  pool: string
  claimed: number
}

/** A step that held slots or waited, in an answer that was asked for at that time. */
export interface Sighting {
  at: number
  runId: string
  stepKey: string
}

export interface Evidence {
  phases: Phase[]
  reports: Report[]
  limits: Readonly<Record<string, number>>
  samples: Sample[]
  sightings: Sighting[]
  /** The state of each change's marker at the end, as often as it was looked at. */
  found: Map<Change, string[]>
}

export interface Row {
  fault: string
  faults: number
  calls: number
  /** How often each call failed, and how. Without waits that were not granted in time. */
  errors: Record<string, number>
  /** Of calls whose deadline is that of the storage. */
  longestMs: number
  /** How much longer than its own timeout an `acquireSlots` took. */
  overMs: number
  /** Of calls whose deadline is that of the storage. */
  late: number
  /** Of `acquireSlots`, by its own timeout. */
  lateWaits: number
  lost: number
  overGranted: number
  afterError: number
  unexpected: number
}

export interface Judgement {
  rows: Row[]
  /** One for each of the wrong things that the rows count. */
  complaints: string[]
}

/** A call may end so long after its deadline. */
const GRACE_MS = 1000

type Fault = 'late' | 'lateWaits' | 'lost' | 'overGranted' | 'afterError' | 'unexpected'

export function judge({ phases, reports, limits, samples, sightings, found }: Evidence): Judgement {
  const rows = phases.map(({ fault, faults }) => emptyRow(fault, faults))
  const complaints: string[] = []
  const rowAt = (at: number): Row => rows[phaseAt(phases, at)]!
  const complain = (at: number, fault: Fault, text: string): void => {
    const row = rowAt(at)
    row[fault]++
    complaints.push(`${row.fault}: ${fault}: ${text}`)
  }

  const calls = of(reports, 'call')
  for (const call of calls) {
    const row = rowAt(call.start)
    row.calls++
    const isWait = call.name === 'acquireSlots'
    if (call.error && !(isWait && call.error === 'ERR_TIMEOUT')) {
      const error = `${call.name} ${call.error}`
      row.errors[error] = (row.errors[error] ?? 0) + 1
    }
    if (isWait) row.overMs = Math.max(row.overMs, call.over)
    else row.longestMs = Math.max(row.longestMs, call.end - call.start)
    if (call.over > GRACE_MS) {
      complain(call.start, isWait ? 'lateWaits' : 'late', `${call.name} ended ${ms(call.over)} after its deadline`)
    }
  }
  for (const [change, states] of found) {
    const wrong = states.find(state => state !== change.state)
    if (wrong === undefined) continue
    const fault = change.isAcknowledged ? 'lost' : 'afterError'
    complain(change.at, fault, `${JSON.stringify(change.marker)}: ${change.state} became ${wrong}`)
  }
  const holds = of(reports, 'hold')
  for (const [pool, limit] of Object.entries(limits)) {
    for (const { at, used } of overlaps(holds, pool, limit)) {
      complain(at, 'overGranted', `${used} of ${limit} slots of ${pool} were relied on`)
    }
    for (const { at, text } of wrongTokens(holds, pool)) complain(at, 'overGranted', text)
  }
  for (const { at, pool, claimed } of samples) {
    if (claimed > limits[pool]!)
      complain(at, 'overGranted', `${claimed} of ${limits[pool]} slots of ${pool} are stored`)
  }
  const lastSeen = new Map<string, number>()
  for (const step of sightings) lastSeen.set(name(step), Math.max(step.at, lastSeen.get(name(step)) ?? 0))
  for (const absent of of(reports, 'absent')) {
    if ((lastSeen.get(name(absent)) ?? 0) > absent.at) {
      complain(absent.at, 'afterError', `${name(absent)} came after its claim had failed`)
    }
  }
  const FAULTS = { lost: 'lost', 'after an error': 'afterError', unexpected: 'unexpected' } as const
  for (const { at, what, text } of of(reports, 'wrong')) complain(at, FAULTS[what], text)
  return { rows, complaints }
}

function emptyRow(fault: string, faults: number): Row {
  const counts = {
    calls: 0,
    errors: {},
    longestMs: 0,
    overMs: 0,
    late: 0,
    lateWaits: 0,
    lost: 0,
    overGranted: 0,
    afterError: 0,
    unexpected: 0,
  }
  return { fault, faults, ...counts }
}

const name = (step: { runId: string; stepKey: string }): string => `${step.runId} ${step.stepKey}`
const ms = (time: number): string => `${Math.round(time)} ms`

const of = <K extends Report['kind']>(reports: Report[], kind: K): Extract<Report, { kind: K }>[] =>
  reports.filter((report): report is Extract<Report, { kind: K }> => report.kind === kind)

/** The last one that began before. */
function phaseAt(phases: Phase[], at: number): number {
  const next = phases.findIndex(phase => phase.from > at)
  return Math.max(0, next < 0 ? phases.length - 1 : next - 1)
}

/** The times at which more slots of a pool were relied on than there are. */
export function overlaps(holds: Hold[], pool: string, limit: number): { at: number; used: number }[] {
  const steps = holds
    .filter(hold => hold.pools[pool] && hold.to > hold.from)
    .flatMap(hold => [
      { at: hold.from, slots: hold.pools[pool]! },
      { at: hold.to, slots: -hold.pools[pool]! },
    ])
    .toSorted((a, b) => a.at - b.at || a.slots - b.slots)
  const wrong: { at: number; used: number }[] = []
  let used = 0
  for (const { at, slots } of steps) {
    used += slots
    if (slots > 0 && used > limit) wrong.push({ at, used })
  }
  return wrong
}

/** Tokens that two grants share, or that are not above those of grants of the pool that were answered before the claim. */
export function wrongTokens(holds: Hold[], pool: string): { at: number; text: string }[] {
  const wrong: { at: number; text: string }[] = []
  const tokens = new Set<number>()
  const ofPool = holds.filter(hold => hold.pools[pool])
  const byAnswer = ofPool.toSorted((a, b) => a.from - b.from)
  let [answered, highest] = [0, 0]
  for (const { asked, from, token } of ofPool.toSorted((a, b) => a.asked - b.asked)) {
    while (byAnswer[answered] && byAnswer[answered]!.from < asked) {
      highest = Math.max(highest, byAnswer[answered++]!.token)
    }
    if (token <= highest) wrong.push({ at: from, text: `${pool}: token ${token} came after ${highest}` })
    if (tokens.has(token)) wrong.push({ at: from, text: `${pool}: token ${token} was granted twice` })
    tokens.add(token)
  }
  return wrong
}
