import './lib/exit.js';
import './lib/leases.js';
import './lib/variables.js';
export { Storage, formatPartitionKey } from './binding.js';
export { LaunchedBy } from './lib/launched-by.js';
export { isStorageError } from './lib/errors.js';
export type { StorageError, StorageErrorJSON } from './lib/errors.js';
export type { PoolRequest, StorageOptions, SyncStorage } from './lib/shapes.js';
export type { AcquireOptions, AssetDefinition, AssetRecord, AssetStaleness, BlockKind, BlockReason, CauseCategory, ClaimState, ClockKind, ConcurrencyClaimStatus, Durability, Duration, EmbeddedOptions, EventType, FreeOptions, GetRunsOptions, GraphNode, GraphTopology, KvKeysOptions, LatestOptions, LaunchKind, LeaseRef, ListOptions, MemoryOptions, Migration, MultiPartition, NewEvent, NewGraphNode, NewGraphTopology, NewLaunchedBy, NewLog, NewRun, NewRunOutcome, NewTick, NewUserRef, NodeKind, PartitionKey, PartitionSet, PoolBlockDetail, PoolInfo, PoolLimit, PoolLimitOptions, PruneEventsOptions, PruneTicksOptions, RenewOptions, RunOutcome, RunOutcomeStatus, RunProgress, RunRecord, RunStatus, SinglePartition, SlotClaim, SlotHolder, SlotLease, SlotWaiter, StaleCause, StalenessStatus, StorageErrorCode, StorageType, StoreEventOptions, StoredEvent, StoredLog, StoredTick, UpdateRunOptions, UserRef, } from './binding.js';
