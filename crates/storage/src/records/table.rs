//! Every table of the store, in one list. Beside each: its key, and what it is for.

macro_rules! tables {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $variant),* }

        impl Table {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

tables! {
    /// `[what]`: the schema stamp.
    Meta = "meta",
    /// `[key]`
    Kv = "kv",

    /// `[location, asset]`: the asset record.
    Asset = "asset",
    /// `[location, tag, asset]`
    AssetByTag = "asset_by_tag",
    /// `[location, kind, asset]`
    AssetByKind = "asset_by_kind",
    /// `[location, group, asset]`
    AssetByGroup = "asset_by_group",
    /// `[location]`: the graph of the code location.
    Topology = "topology",
    /// `[location, asset, display, partition]`: what is materialized; the last part is exact.
    Partition = "partition",
    /// `[location, name, key]`
    DynamicPartition = "dynamic_partition",

    /// `[run, time, order]`: the event itself.
    Event = "event",
    /// `[location, asset, time, order]`: where the asset's event is.
    EventByAsset = "event_by_asset",
    /// `[id]`: where the event with an id of the caller's is.
    EventById = "event_by_id",
    /// `[location, asset]` or `[location, asset, partition]`: where the latest materialization is.
    Materialization = "materialization",
    /// `[location, time, order]` or `[location, time, order, partition]`: the event of a latest
    /// materialization whose run was deleted.
    KeptMaterialization = "kept_materialization",
    /// `[run, time, order]`
    Log = "log",
    /// `[id]`: where the log with an id of the caller's is.
    LogById = "log_by_id",
    /// `[location, automation, time, order]`
    Tick = "tick",
    /// `[id]`: where the tick with an id of the caller's is.
    TickById = "tick_by_id",

    /// `[run]`
    Run = "run",
    /// `[location, time, order]`
    RunByTime = "run_by_time",
    /// `[location, status, time, order]`
    RunByStatus = "run_by_status",
    /// `[location, -priority, time, run]`: the queued ones.
    RunQueue = "run_queue",
    /// `[run]`: that cancellation was requested.
    Cancellation = "cancellation",
    /// `[run]`
    Outcome = "outcome",
    /// `[run]`: that the run was deleted, and some of its events and logs are still there.
    RunDeletion = "run_deletion",

    /// `[location, pool]`: limit, use and what else a claim must read and write.
    Pool = "pool",
    /// `[location, pool, end, run, step]`: the part of a lease that is in this pool, by when it ends.
    Slot = "slot",
    /// `[run, step]`: the lease over all its pools.
    Lease = "lease",
    /// `[run, step]`: a pending claim.
    Waiter = "waiter",
    /// `[location, pool, aside, -priority, since, order, run, step]`: the queue of the pool, after it those aside.
    PoolQueue = "pool_queue",
    /// `[location, pool, end, run, step]`: when a place in the pool's queue ends.
    PlaceEnd = "place_end",
    /// `[process]`: a process that has the store open.
    Process = "process",
}
