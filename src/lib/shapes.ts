import type { MemoryOptions, SlotClaim, Storage } from '../binding.js'

/** The pools that a claim asks for, with their slots. */
export type PoolRequest = SlotClaim['pools']

/** Options common to every kind of store. */
export type StorageOptions = Pick<MemoryOptions, 'codeLocation'>

/** The blocking forms of all operations. */
export type SyncStorage = Pick<Storage, Extract<keyof Storage, `${string}Sync`>>
