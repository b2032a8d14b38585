import { bytesOf, digestOf, type Bytes, type Digest } from './bytes.js'
import { ANY } from './match.js'
import { PARTITIONS, POOL, TICKS, type Call } from './op.js'
import type { KnownEvent, KnownRun, State } from './state.js'

/** A read, and what it has to answer. */
export interface Expectation extends Call {
  expected: unknown
  /** The field by which both lists are sorted first, where the order is not promised. */
  sortedBy?: string
}

/** All names that a writer may have used: what it deleted has to be looked for as well. */
export interface Names {
  keys: ReadonlySet<string>
  runs: ReadonlySet<string>
  assets: ReadonlySet<string>
  partitions: ReadonlySet<string>
}

const ALL = { limit: 1_000_000 }

/** Every read of the code location, in an order that depends on nothing but the names. */
export function expectations(location: string, state: State, names: Names): Expectation[] {
  const latest = (key: string): unknown => shownEvent(state.latest.get(key))
  const runs = [...state.runs.values()].toReversed()
  const byRun = grouped(state.events, event => event.runId)
  const byAsset = grouped(state.events, event => event.assetKey ?? '')
  const logs = grouped(state.logs, log => log.runId)
  const result: Expectation[] = [
    read('kvKeys', [{ prefix: `${location}/`, ...ALL }], [...state.kv.keys()].toSorted()),
    ...[...names.keys].map(key => read('kvGet', [key], shownBytes(state.kv.get(key)))),
    read(
      'getAssetRecords',
      [],
      [...state.assets].toSorted().map(key => shownAsset(key, state)),
    ),
    read('getRuns', [ALL], runs.map(shownRun)),
    sorted('runId', 'getQueuedRuns', [], runs.filter(run => run.status === 'Queued').map(shownRun)),
    read('getTicks', [TICKS, ALL], state.ticks.map(({ mark, at }) => ({ cursor: mark, timestamp: at })).toReversed()),
    read('getPoolLimits', [], state.hasPool ? [{ poolKey: POOL, slotLimit: 1_000_000 }] : []),
    sorted('stepKey', 'getPoolSlotHolders', [POOL], [...state.slots.values()].map(shownSlot)),
    read('getDynamicPartitions', [PARTITIONS], [...state.partitions].toSorted()),
  ]
  for (const asset of names.assets) {
    const materialized = [...names.partitions].filter(partition => state.latest.has(`${asset}|${partition}`))
    const single = materialized.toSorted().map(partition => ({ single: [partition] }))
    result.push(
      read('getEventsForAsset', [asset, ALL], (byAsset.get(asset) ?? []).map(shownEvent).toReversed()),
      read('getLatestMaterialization', [asset], latest(asset)),
      read('getMaterializedPartitions', [asset], single),
      read('countMaterializedPartitions', [asset], single.length),
    )
    for (const partition of names.partitions) {
      result.push(read('getLatestMaterialization', [asset, { partition }], latest(`${asset}|${partition}`)))
    }
  }
  for (const runId of names.runs) {
    const run = state.runs.get(runId)
    result.push(
      read('getRun', [runId], run ? shownRun(run) : null),
      read('getRunOutcome', [runId], run?.outcome ? { status: 'Failure', message: run.outcome } : null),
      read('getEventsForRun', [runId], (byRun.get(runId) ?? []).map(shownEvent)),
      read(
        'getRunLogs',
        [runId],
        (logs.get(runId) ?? []).map(({ mark }) => ({ stdout: mark, runId })),
      ),
    )
  }
  return result
}

const read = (method: string, args: readonly unknown[], expected: unknown): Expectation => ({ method, args, expected })
const sorted = (sortedBy: string, method: string, args: readonly unknown[], expected: unknown[]): Expectation => ({
  ...read(method, args, expected),
  sortedBy,
})

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(by(item))
    if (group) group.push(item)
    else groups.set(by(item), [item])
  }
  return groups
}

function shownEvent(event: KnownEvent | undefined): unknown {
  if (!event) return null
  const { eventType, runId, assetKey, timestamp, mark, partition } = event
  return {
    id: event.id ?? ANY,
    eventType,
    runId,
    assetKey,
    timestamp,
    partitionKey: partition === null ? null : { single: [partition] },
    ...(eventType === 'RunQueued' ? {} : { metadata: [['mark', mark]] }),
    dataVersion: eventType === 'Materialization' ? mark : null,
  }
}

function shownAsset(assetKey: string, state: State): unknown {
  const last = state.latest.get(assetKey)
  return {
    assetKey,
    tags: [`t${state.assetsMark}`],
    codeVersion: state.assetsMark,
    lastEventId: last ? (last.id ?? ANY) : null,
    lastRunId: last?.runId ?? null,
    lastTimestamp: last?.timestamp ?? null,
    lastDataVersion: last?.mark ?? null,
  }
}

const shownRun = ({ runId, at, status }: KnownRun): unknown => ({ runId, startTime: at, status, jobName: 'job' })

const shownSlot = (slot: { runId: string; stepKey: string; slots: number; token: number | null }): unknown => ({
  runId: slot.runId,
  stepKey: slot.stepKey,
  slotsConsumed: slot.slots,
  token: slot.token ?? ANY,
})

/** Values are shared between states, and hashing them is most of the work. */
const digests = new WeakMap<Bytes, Digest>()

function shownBytes(value: Bytes | undefined): Digest | null {
  if (!value) return null
  const known = digests.get(value) ?? digestOf(bytesOf(value))
  digests.set(value, known)
  return known
}
