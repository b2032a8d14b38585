//! Every table of the store: its key, and what its rows are.

macro_rules! tables {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// A table. Beside each stands its key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $variant),* }

        impl Table {
            /// Every table, in the order of keys.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the store. It must not change.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

tables! {
    /// `[what]`: the schema stamp.
    Meta = "meta",
    /// `[key]`: a value of the key-value store.
    Kv = "kv",

    /// `[location, asset]`: the asset record.
    Asset = "asset",
    /// `[location, tag, asset]`: an asset that has the tag.
    AssetByTag = "asset_by_tag",
    /// `[location, kind, asset]`: an asset that has the kind.
    AssetByKind = "asset_by_kind",
    /// `[location, group, asset]`: an asset of the group.
    AssetByGroup = "asset_by_group",
    /// `[location]`: the graph of the code location.
    Topology = "topology",
    /// `[location, asset, display, partition]`: a materialized partition. `partition` is exact, and several partitions
    /// may have one display form.
    Partition = "partition",
    /// `[location, name, key]`: a key that was added to a dynamic partitions definition.
    DynamicPartition = "dynamic_partition",

    /// `[run, time, order]`: the event itself.
    Event = "event",
    /// `[location, asset, time, order]`: where the asset's event is.
    EventByAsset = "event_by_asset",
    /// `[id]`: where the event with this id is. Only for ids that callers gave.
    EventById = "event_by_id",
    /// `[location, asset]` or `[location, asset, partition]`: where the latest materialization is.
    Materialization = "materialization",
    /// `[location, time, order]` or `[location, time, order, partition]`: the event of a latest
    /// materialization whose run was deleted.
    KeptMaterialization = "kept_materialization",
    /// `[run, time, order]`: a log of a step.
    Log = "log",
    /// `[id]`: where the log with this id is. Only for ids that callers gave.
    LogById = "log_by_id",
    /// `[location, automation, time, order]`: an evaluation of a schedule or sensor.
    Tick = "tick",
    /// `[id]`: where the tick with this id is. Only for ids that callers gave.
    TickById = "tick_by_id",

    /// `[run]`: the run.
    Run = "run",
    /// `[location, time, order]`: a run of the code location.
    RunByTime = "run_by_time",
    /// `[location, status, time, order]`: a run with the status.
    RunByStatus = "run_by_status",
    /// `[location, -priority, time, run]`: a queued run.
    RunQueue = "run_queue",
    /// `[run]`: the cancellation of the run was requested.
    Cancellation = "cancellation",
    /// `[run]`: how the run ended.
    Outcome = "outcome",
    /// `[run]`: the run is deleted, and some of its events and logs are still stored.
    RunDeletion = "run_deletion",

    /// `[location, pool]`: the pool's limit and counts, and what else a claim must read and write.
    Pool = "pool",
    /// `[location, pool, expiry, run, step]`: the slots that a lease holds in this pool.
    Slot = "slot",
    /// `[run, step]`: the lease over all its pools.
    Lease = "lease",
    /// `[run, step]`: a pending claim.
    Waiter = "waiter",
    /// `[location, pool, ineligible, -priority, since, order, run, step]`: an entry in the queue of the pool. Eligible
    /// entries are before ineligible ones.
    PoolQueue = "pool_queue",
    /// `[location, pool, expiry, run, step]`: when an entry in the pool's queue expires.
    PlaceEnd = "place_end",
    /// `[process]`: a process that has the store open.
    Process = "pool_process",
}

impl Table {
    /// Whether transactions rest on scans of it. With several writers a range has no row that a commit could check, so
    /// whoever changes the table counts a guard up, and whoever has scanned it checks the guard.
    pub const fn is_guarded(self) -> bool {
        matches!(
            self,
            Self::Pool
                | Self::Slot
                | Self::Lease
                | Self::Waiter
                | Self::PoolQueue
                | Self::PlaceEnd
                | Self::Cancellation
        )
    }

    /// Whether no row is stored in place of another: each key has an order number that was drawn for its row.
    pub const fn is_append_only(self) -> bool {
        matches!(self, Self::Event | Self::EventByAsset | Self::Log | Self::Tick)
    }
}
