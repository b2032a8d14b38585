import type { Op } from './op.js'
import type { Names } from './reads.js'

export interface Collected extends Names {
  keys: Set<string>
  runs: Set<string>
  assets: Set<string>
  partitions: Set<string>
}

export const noNames = (): Collected => ({
  keys: new Set(),
  runs: new Set(),
  assets: new Set(),
  partitions: new Set(),
})

export function collect(names: Collected, ops: readonly Op[]): void {
  for (const op of ops) {
    if (op.kind === 'kvSet' || op.kind === 'kvDelete') names.keys.add(op.key)
    else if (op.kind === 'createRun') names.runs.add(op.runId)
    else if (op.kind === 'registerAssets') for (const key of op.keys) names.assets.add(key)
    if (op.kind !== 'storeEvents') continue
    for (const { partition } of op.events) if (partition !== null) names.partitions.add(partition)
  }
}
