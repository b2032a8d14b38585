import { join } from 'node:path'
import type { Missing } from './contender.js'
import type { Tier } from '../peers/peer.js'
import { referencePython } from '../peers/reference/install.js'
import { inOwnProcess, output } from './child.js'

/** Bytes of resident memory above what the process had before it loaded the peer. */
export interface Resident {
  readonly opened: number
  /** After storing events, where that was asked for. */
  readonly filled?: number
}

/** Opens a store of that peer in a process of its own. */
export function measureResident(peer: string, tier: Tier, path: string, events: number): Resident | Missing {
  if (peer !== 'reference') return inOwnProcess('resident-child.ts', peer, tier, path, events)
  if (tier === 'relaxed') return { missing: 'each write of its embedded store is synced: see commit' }
  const script = join(__dirname, '..', 'peers', 'reference', 'resident.py')
  return { opened: Number(output(referencePython(), [script, tier, path])) }
}
