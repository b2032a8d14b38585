import type { Tier } from '../peers/peer.js'
import { inOwnProcess } from './child.js'
import type { ProcessSample } from './process.js'

/** What opening and closing a store of ours a hundred times leaves behind, after ten times to get going. */
export interface Cycles extends ProcessSample {
  readonly tier: Tier
}
export const CYCLES = 100

export const measureCycles = (tier: Tier, path: string): Cycles => ({
  tier,
  ...inOwnProcess<ProcessSample>('cycles-child.ts', tier, path, CYCLES),
})
