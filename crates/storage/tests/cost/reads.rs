//! Each read with what it shows and the records that it reads for that.

use rivers_storage::events::PartitionChoice;
use rivers_storage::kv::KeyList;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::records::BoxFuture;
use rivers_storage::runs::RunStatus;
use rivers_storage_testing::Storage;

use crate::world::{SHOWN, World};

/// Answers how many it shows.
type Call = fn(&Storage) -> BoxFuture<'_, usize>;

struct Read {
    name: &'static str,
    shows: i64,
    reads: i64,
    call: Call,
}

/// The elements of a list, or the one that may be there.
macro_rules! read {
    ($name:literal shows $shows:literal reads $reads:literal: $store:ident => $call:expr) => {
        Read {
            name: $name,
            shows: $shows,
            reads: $reads,
            call: |$store| Box::pin(async move { $call.await.unwrap().into_iter().count() }),
        }
    };
}

const ALL: i64 = SHOWN;
const _: () = assert!(ALL == 20, "the numbers below are of as many");

/// A list of an index is one scan, and the records that it names: twice as many reads as it shows. What it goes on
/// after is found with one read more.
fn lists() -> Vec<Read> {
    vec![
        read!("getRuns" shows 10 reads 20: store => store.get_runs(10, None, None)),
        read!("getRuns after" shows 10 reads 21: store => store.get_runs(10, None, Some("run 15"))),
        read!("getRuns by status" shows 10 reads 20: store => store.get_runs(10, Some(RunStatus::Started), None)),
        read!("getRuns by status, after" shows 10 reads 21:
            store => store.get_runs(10, Some(RunStatus::Started), Some("run 15"))),
        read!("getRuns by a status of none" shows 0 reads 0: store => store.get_runs(10, Some(RunStatus::Failure), None)),
        read!("getRuns of none" shows 0 reads 0: store => store.get_runs(0, None, None)),
        read!("getEventsForAsset" shows 10 reads 20: store => store.get_events_for_asset("a", 10, None)),
        read!("getEventsForAsset after" shows 10 reads 21:
            store => store.get_events_for_asset("a", 10, Some("event 15"))),
        read!("getEventsForRun" shows 10 reads 10: store => store.get_events_for_run("r", Some(10), None)),
        read!("getEventsForRun after" shows 10 reads 11: store => store.get_events_for_run("r", Some(10), Some("event 5"))),
        read!("getEventsForRun, all" shows 20 reads 20: store => store.get_events_for_run("progress", None, None)),
        read!("getTicks" shows 10 reads 10: store => store.get_ticks("tick", 10, None)),
        read!("getTicks after" shows 10 reads 11: store => store.get_ticks("tick", 10, Some("tick 1000015"))),
        read!("getRunLogs" shows 20 reads 20: store => store.get_run_logs("r")),
        read!("getAssetsByTag" shows 20 reads 40: store => store.get_assets_by_tag("t")),
        read!("getAssetsByKind" shows 20 reads 40: store => store.get_assets_by_kind("k")),
        read!("getAssetsByGroup" shows 20 reads 40: store => store.get_assets_by_group("g")),
        read!("getMaterializedPartitions" shows 20 reads 20: store => store.get_materialized_partitions("a")),
        read!("getDynamicPartitions" shows 20 reads 20: store => store.get_dynamic_partitions("name")),
        read!("kvKeys by prefix" shows 20 reads 20: store => store.kv_keys(keys("key/", None, 1_000_000))),
        read!("kvKeys by prefix, some" shows 10 reads 10: store => store.kv_keys(keys("key/", None, 10))),
        read!("kvKeys by prefix, after" shows 4 reads 4: store => store.kv_keys(keys("key/", Some("key/000015"), 10))),
        read!("kvKeys after" shows 5 reads 5: store => store.kv_keys(keys("", Some("key/000010"), 5))),
        read!("kvKeys of no prefix there is" shows 0 reads 0: store => store.kv_keys(keys("key/x", None, 1_000_000))),
        read!("getPoolSlotHolders" shows 20 reads 20: store => store.get_pool_slot_holders("pool000000")),
        // Each waiter, the first two entries of the queue, and the pool.
        read!("getPoolWaiters" shows 20 reads 23: store => store.get_pool_waiters("pool000000")),
    ]
}

/// They show all there is of a code location.
fn whole_lists() -> Vec<Read> {
    vec![
        read!("getQueuedRuns" shows 20 reads 40: store => store.get_queued_runs()),
        read!("getAssetRecords" shows 20 reads 20: store => store.get_asset_records()),
        read!("computeStaleness" shows 20 reads 21: store => store.compute_staleness()),
        read!("getPoolLimits" shows 20 reads 20: store => store.get_pool_limits()),
        read!("getAllPoolInfos" shows 20 reads 20: store => store.get_all_pool_infos()),
    ]
}

fn points() -> Vec<Read> {
    vec![
        read!("getRun" shows 1 reads 1: store => store.get_run("run 1")),
        read!("getRunOutcome" shows 1 reads 1: store => store.get_run_outcome("over")),
        read!("isCancelled" shows 1 reads 1: store => shown(store.is_cancelled("over"))),
        read!("getRunProgress" shows 20 reads 20: store => steps(store)),
        read!("getAssetRecord" shows 1 reads 1: store => store.get_asset_record("asset000001")),
        read!("getGraphTopology" shows 1 reads 1: store => store.get_graph_topology()),
        read!("getLatestMaterialization" shows 1 reads 2:
            store => store.get_latest_materialization("a", PartitionChoice::Any)),
        read!("getLatestMaterialization of a key" shows 1 reads 2:
            store => store.get_latest_materialization("a", PartitionChoice::Key(PartitionKey::single("p7")))),
        // It may be read in two ways, and has no row as either.
        read!("getLatestMaterialization of a display form" shows 0 reads 2:
            store => store.get_latest_materialization("a", PartitionChoice::Display("d=p7".to_owned()))),
        read!("countMaterializedPartitions" shows 20 reads 20: store => partitions(store)),
        read!("hasDynamicPartition" shows 1 reads 1: store => shown(store.has_dynamic_partition("name", "p000001"))),
        read!("kvGet" shows 1 reads 1: store => store.kv_get("key/000001")),
        read!("getPoolInfo" shows 1 reads 1: store => one(store.get_pool_info("pool000000"))),
    ]
}

fn keys(prefix: &str, after: Option<&str>, limit: usize) -> KeyList {
    KeyList { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit }
}

type Answer<T> = rivers_storage::Result<T>;

async fn one<T>(call: impl Future<Output = Answer<T>>) -> Answer<Option<T>> {
    call.await.map(Some)
}

async fn shown(call: impl Future<Output = Answer<bool>>) -> Answer<Option<()>> {
    call.await.map(|shown| shown.then_some(()))
}

async fn steps(store: &Storage) -> Answer<std::ops::Range<u32>> {
    store.get_run_progress("progress").await.map(|progress| 0..progress.total_steps)
}

async fn partitions(store: &Storage) -> Answer<std::ops::Range<usize>> {
    store.count_materialized_partitions("a").await.map(|count| 0..count)
}

async fn check(world: &World, reads: Vec<Read>, when: &str) {
    for Read { name, shows, reads, call } in reads {
        let before = world.records.reads();
        let shown = call(&world.here).await;
        let made = world.records.reads() - before;
        assert_eq!((shown, made), (shows.try_into().unwrap(), reads.unsigned_abs()), "(shown, read) of {name} {when}");
    }
}

#[tokio::test]
async fn every_read_reads_what_it_shows_however_much_the_store_holds_beside_it() {
    let world = World::new().await;
    for reads in [lists(), whole_lists(), points()] {
        check(&world, reads, "alone").await;
    }
    world.fill_elsewhere().await;
    for reads in [lists(), whole_lists(), points()] {
        check(&world, reads, "with much elsewhere").await;
    }
    world.fill_around().await;
    for reads in [lists(), points()] {
        check(&world, reads, "with much around it").await;
    }
}
