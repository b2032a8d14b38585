import type { MemoryOptions, SlotClaim, Storage } from '../binding.js'

/** What a claim may ask for. */
export type PoolRequest = SlotClaim['pools']

/** What can be said of a store in whichever way it is opened. */
export type StorageOptions = Pick<MemoryOptions, 'codeLocation'>

/** The sync forms of all operations. */
export type SyncStorage = Pick<Storage, Extract<keyof Storage, `${string}Sync`>>
