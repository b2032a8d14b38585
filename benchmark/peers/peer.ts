import type { AssetDefinition, NewEvent, NewGraphTopology } from 'rivers-storage'

/** How safe an acknowledged write is: not at all, from a killed process, from power loss. */
export type Tier = 'memory' | 'relaxed' | 'commit'
export const TIERS: readonly Tier[] = ['memory', 'relaxed', 'commit']

/** Which form of a call is measured, where a peer has both. */
export type Form = 'sync' | 'promise'
export type Reply<T> = T | Promise<T>

export interface Claim {
  runId: string
  stepKey: string
  pools: [poolKey: string, slots: number][]
  priority?: number
}

export interface Store extends Operations {
  close(): Reply<void>
}

/** What the workloads ask of a store, in our own words. A peer leaves out what it has no way to do. */
export interface Operations {
  kvGet?(key: string): Reply<Uint8Array | null | undefined>
  kvSet?(key: string, value: Uint8Array): Reply<unknown>

  setPoolLimit?(poolKey: string, limit: number): Reply<unknown>
  /** True when granted; else the step waits in the queue of its pools. */
  claim?(claim: Claim): Reply<boolean>
  /** Many at once, to fill a store: as fast as the peer can. */
  claimAll?(claims: Claim[]): Reply<unknown>
  free?(runId: string, stepKey: string): Reply<unknown>
  /** From now on for so many milliseconds. */
  renew?(runId: string, stepKey: string, leaseMs: number): Reply<unknown>
  /** Waits until granted, without polling. */
  acquire?(claim: Claim): Promise<{ release(): Promise<void> }>

  registerAssets?(assets: AssetDefinition[]): Reply<unknown>
  setGraphTopology?(topology: NewGraphTopology): Reply<unknown>
  storeEvents?(events: NewEvent[]): Reply<unknown>
  getEventsForRun?(runId: string): Reply<unknown[]>
  getEventsForAsset?(assetKey: string, limit: number): Reply<unknown[]>
  getLatestMaterialization?(assetKey: string): Reply<unknown>
  getAssetRecord?(assetKey: string): Reply<unknown>
  computeStaleness?(): Reply<unknown>
}

/** The peer that is measured; the others are what it is compared with. */
export const OURS = 'rivers-storage'

/** Something to compare with, or ourselves. */
export interface Peer {
  readonly name: string
  /** How each tier is reached; `null` where there is no such store. */
  readonly tiers: Readonly<Record<Tier, string | null>>
  /** Where filling a store with more events than that takes minutes. */
  readonly mostEvents?: number
  /** False where a path that was closed cannot be opened again by the same process. */
  readonly reopens?: boolean
  /** `path` is new or holds what this peer wrote in the same tier; a memory store has no use for it. */
  open(tier: Tier, path: string, form: Form): Reply<Store>
}

/** What could not be loaded, and what it said. */
export interface Absent {
  readonly name: string
  readonly reason: string
}
