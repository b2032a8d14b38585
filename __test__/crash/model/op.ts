import type { Bytes } from './bytes.js'

export interface PlannedEvent {
  /** Unique in the store. Also its id, where `named`; otherwise the store generates the id. */
  mark: string
  named: boolean
  eventType: 'Materialization' | 'StepStart' | 'StepSuccess'
  runId: string
  assetKey: string
  partition: string | null
  timestamp: number
}

/** One operation of a writer: one call, whose effect `state.ts` knows. Strings that it stores contain its mark, `#<number>`. */
export type Op =
  | { kind: 'registerAssets'; keys: readonly string[]; mark: string }
  | { kind: 'setPoolLimit' }
  | { kind: 'kvSet'; key: string; value: Bytes }
  | { kind: 'kvDelete'; key: string }
  | { kind: 'createRun'; runId: string; at: number; queued: boolean }
  | { kind: 'endRun'; runId: string; mark: string }
  | { kind: 'deleteRun'; runId: string }
  | { kind: 'storeEvents'; events: readonly PlannedEvent[] }
  | { kind: 'storeRunLogs'; runId: string; marks: readonly string[]; at: number }
  | { kind: 'storeTicks'; marks: readonly string[]; at: number }
  | { kind: 'claim'; runId: string; stepKey: string; slots: number }
  | { kind: 'free'; runId: string; stepKey: string }
  | { kind: 'addPartitions'; keys: readonly string[] }
  | { kind: 'dropPartition'; key: string }
  | { kind: 'pruneEvents'; olderThan: number }
  | { kind: 'pruneTicks'; keep: number }

/** A call of `Storage`. Arguments are JSON; `{ bytes }` stands for a buffer. */
export interface Call {
  method: string
  args: readonly unknown[]
}

export const POOL = 'pool'
export const TICKS = 'automation'
export const PARTITIONS = 'dynamic'

export function callOf(op: Op): Call {
  switch (op.kind) {
    case 'registerAssets':
      return call('registerAssets', [
        op.keys.map(assetKey => ({ assetKey, tags: [`t${op.mark}`], kinds: ['k'], group: 'g', codeVersion: op.mark })),
      ])
    case 'setPoolLimit':
      return call('setPoolLimit', [POOL, 1_000_000])
    case 'kvSet':
      return call('kvSet', [op.key, { bytes: op.value }])
    case 'kvDelete':
      return call('kvDelete', [op.key])
    case 'createRun':
      return call(op.queued ? 'enqueueRun' : 'createRun', [
        { runId: op.runId, jobName: 'job', startTime: op.at, nodeNames: ['n'] },
      ])
    case 'endRun':
      return call('setRunOutcome', [
        op.runId,
        { status: 'Failure', completedSteps: 1, totalSteps: 2, message: op.mark },
      ])
    case 'deleteRun':
      return call('deleteRun', [op.runId])
    case 'storeEvents':
      return call('storeEvents', [op.events.map(newEvent)])
    case 'storeRunLogs':
      return call('storeRunLogs', [
        op.marks.map(mark => ({ runId: op.runId, stepKey: 's', timestamp: op.at, stdout: mark })),
      ])
    case 'storeTicks':
      return call('storeTicks', [
        op.marks.map((cursor, index) => ({
          automationName: TICKS,
          automationType: 'Schedule',
          status: 'Success',
          timestamp: op.at + index,
          cursor,
        })),
      ])
    case 'claim': {
      const { runId, stepKey, slots } = op
      return call('claimConcurrencySlots', [{ runId, stepKey, pools: { [POOL]: slots }, leaseDuration: '10d' }])
    }
    case 'free':
      return call('freeConcurrencySlots', [op.runId, op.stepKey])
    case 'addPartitions':
      return call('addDynamicPartitions', [PARTITIONS, op.keys])
    case 'dropPartition':
      return call('deleteDynamicPartition', [PARTITIONS, op.key])
    case 'pruneEvents':
      return call('pruneEvents', [{ olderThan: op.olderThan }])
    case 'pruneTicks':
      return call('pruneTicks', [TICKS, { keep: op.keep }])
  }
}

const call = (method: string, args: readonly unknown[]): Call => ({ method, args })

const newEvent = (event: PlannedEvent): unknown => ({
  ...(event.named ? { id: event.mark } : {}),
  eventType: event.eventType,
  runId: event.runId,
  assetKey: event.assetKey,
  ...(event.partition === null ? {} : { partitionKey: event.partition }),
  timestamp: event.timestamp,
  metadata: [['mark', event.mark]],
  ...(event.eventType === 'Materialization' ? { dataVersion: event.mark } : {}),
})
