import type { Tier } from '../peers/peer.js'
import type { Workload } from '../workloads/workload.js'

/** A workload that stands ready on one store, and is measured a slice at a time. */
export interface Trial {
  /** Microseconds of each call, or the calls a second of the slice. */
  slice(ms: number): Promise<number[]>
  end(): Promise<void>
}
export interface Missing {
  readonly missing: string
}

/** A peer as the measuring sees it, wherever it runs. */
export interface Contender {
  readonly name: string
  /** Makes a store at a path that is new. */
  start(workload: Workload, tier: Tier, path: string): Promise<Trial | Missing>
  end(): Promise<void>
}

export const isMissing = (answer: Trial | Missing): answer is Missing => 'missing' in answer
