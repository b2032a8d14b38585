import type { Random } from '../../helpers/random.js'
import type { Op, PlannedEvent } from './op.js'
import { apply, copyOf, type State } from './state.js'

export interface Size {
  /** How large values get; from 4 KiB on they go to blob files. */
  valueBytes: number
  /** How many events a batch has at most. */
  events: number
  /** How many of a hundred operations store a value. */
  values: number
}

export const SMALL: Size = { valueBytes: 9_000, events: 6, values: 30 }
/** Some 50 MB in `LARGE_COUNT` operations: logs and tables of 16 MiB are full, and the first log is written over. */
export const LARGE: Size = { valueBytes: 800_000, events: 20, values: 65 }
export const LARGE_COUNT = 400

const ASSETS = ['a', 'b', 'c']
const PARTITIONS = ['p', 'q', 'r']

/** What a writer does next; `first` is the number of the first operation, which nothing before has had. */
export function plan(random: Random, location: string, state: State, first: number, count: number, size: Size): Op[] {
  const planned = copyOf(state)
  return Array.from({ length: count }, (_, index) => {
    const op = next(random, location, planned, first + index, size)
    apply(planned, op)
    return op
  })
}

function next(random: Random, location: string, state: State, number: number, size: Size): Op {
  const mark = `#${number}`
  if (state.assets.length === 0) return { kind: 'registerAssets', keys: ASSETS, mark }
  if (!state.hasPool) return { kind: 'setPoolLimit' }
  const runs = [...state.runs.values()]
  const open = runs.filter(run => run.status !== 'Failure').map(run => run.runId)
  const over = runs.filter(run => run.status === 'Failure').map(run => run.runId)
  if (open.length === 0) return createRun(random, location, number)
  const runId = random.of(open)
  if (random.below(100) < size.values) return kvSet(random, location, number, size)
  const chance = 30 + random.below(70)
  if (chance < 36) return { kind: 'kvDelete', key: keyOf(random, location) }
  if (chance < 46) return createRun(random, location, number)
  if (chance < 66) return storeEvents(random, runId, number, 1 + random.below(size.events))
  if (chance < 71) return { kind: 'storeRunLogs', runId, marks: [`${mark}.0`, `${mark}.1`], at: number }
  if (chance < 76) return { kind: 'storeTicks', marks: [`${mark}.0`, `${mark}.1`], at: number * 1000 }
  if (chance < 84) return { kind: 'claim', runId, stepKey: `s${mark}`, slots: 1 + random.below(3) }
  if (chance < 88) {
    const slots = [...state.slots.values()]
    const slot = slots.length > 0 ? random.of(slots) : { runId, stepKey: 'none' }
    return { kind: 'free', runId: slot.runId, stepKey: slot.stepKey }
  }
  if (chance < 92) return { kind: 'addPartitions', keys: [`d${random.below(5)}`, `d${mark}`] }
  if (chance < 94) return { kind: 'dropPartition', key: `d${random.below(5)}` }
  if (chance < 96 || over.length === 0) return { kind: 'endRun', runId, mark }
  if (chance < 97) return { kind: 'deleteRun', runId: random.of(over) }
  if (chance < 99) return { kind: 'pruneTicks', keep: 3 + random.below(5) }
  return { kind: 'pruneEvents', olderThan: number - random.below(20) }
}

const keyOf = (random: Random, location: string): string => `${location}/k${random.below(12)}`

function kvSet(random: Random, location: string, number: number, size: Size): Op {
  const text = `${location}#${number};`
  // Half of the values are small, so that tables and blob files both fill.
  const bytes = random.below(2) === 0 ? text.length + random.below(200) : 4096 + random.below(size.valueBytes)
  return { kind: 'kvSet', key: keyOf(random, location), value: { text, size: bytes } }
}

const createRun = (random: Random, location: string, number: number): Op => ({
  kind: 'createRun',
  runId: `${location}r#${number}`,
  at: number,
  queued: random.below(3) === 0,
})

function storeEvents(random: Random, runId: string, number: number, count: number): Op {
  const events = Array.from({ length: count }, (_, index) => event(random, runId, number, index))
  return { kind: 'storeEvents', events }
}

function event(random: Random, runId: string, number: number, index: number): PlannedEvent {
  const eventType = random.of(['Materialization', 'Materialization', 'StepStart', 'StepSuccess'] as const)
  const partition = eventType === 'Materialization' && random.below(2) === 0 ? random.of(PARTITIONS) : null
  const named = random.below(2) === 0
  const mark = `${runId}.e#${number}.${index}`
  return { mark, named, eventType, runId, assetKey: random.of(ASSETS), partition, timestamp: number }
}

/** Operations that end in a run and old events and ticks enough for their removal to take several transactions. */
export function planBallast(random: Random, location: string, state: State, first: number, batches: number): Op[] {
  const runId = `${location}r#${first}`
  const ops: Op[] = [{ kind: 'createRun', runId, at: first, queued: false }]
  for (let number = first + 1; number <= first + batches; number++) {
    ops.push(storeEvents(random, runId, number, 150))
    const marks = Array.from({ length: 40 }, (_, index) => `#${number}.${index}`)
    ops.push({ kind: 'storeTicks', marks, at: number * 1000 }, { kind: 'storeRunLogs', runId, marks, at: number })
  }
  ops.push({ kind: 'endRun', runId, mark: `#${first + batches}` })
  return state.assets.length > 0 ? ops : [{ kind: 'registerAssets', keys: ASSETS, mark: `#${first}` }, ...ops]
}
