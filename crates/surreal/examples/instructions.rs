//! A fixed amount of work, whose instructions valgrind counts: `instructions WHAT TIMES`.

use std::collections::BTreeMap;
use std::hint::black_box;

use rivers_storage::assets::AssetRecord;
use rivers_storage::clock::Clock;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::SlotClaim;
use rivers_storage::pools::decide::{Head, Want, decide};
use rivers_storage::staleness::compute;
use rivers_storage::{Error, Result};
use rivers_storage_surreal::memory;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "instructions decide|staleness|claim|list|store-event|store-100-events TIMES";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, times] = arguments.as_slice() else { return Err(usage()) };
    let times = times.parse().map_err(|_| usage())?;
    match what.as_str() {
        "decide" => (0..times).for_each(decisions),
        "staleness" => staleness(times),
        "claim" => block_on(claims(times))?,
        "list" => block_on(one_of_many(times))?,
        "store-event" => block_on(stored_events(times, 1))?,
        "store-100-events" => block_on(stored_events(times, 100))?,
        _ => return Err(usage()),
    }
    Ok(())
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::internal(error.to_string()))?.block_on(work)
}

fn usage() -> Error {
    Error::internal(USAGE)
}

/// One decision of each kind: free, full, a head that fits, a blocked head that others may pass, one that they may not.
fn decisions(_: u32) {
    let head = |slots, fits, overtaken| Some(Head { slots, fits, overtaken, is_reserved_for: overtaken == 32 });
    for (used, head) in [(0, None), (4, None), (1, head(1, true, 0)), (2, head(4, false, 3)), (2, head(4, false, 32))] {
        black_box(decide(&black_box(Want { limit: 4, used, held: 0, slots: 1, head })));
    }
}

/// The staleness of a hundred assets, each made from the three before it.
fn staleness(times: u32) {
    let key = |at: usize| format!("asset {at}");
    let made =
        |asset_key| AssetRecord { asset_key, last_data_version: Some("v1".to_owned()), ..AssetRecord::default() };
    let records: Vec<AssetRecord> = (0..100).map(|at| made(key(at))).collect();
    let edges: Vec<_> =
        (0..100).flat_map(|at: usize| (at.saturating_sub(3)..at).map(move |from| (key(at), key(from)))).collect();
    for _ in 0..times {
        black_box::<BTreeMap<_, _>>(compute(black_box(&records), black_box(&edges)));
    }
}

/// Claims, each released at once.
async fn claims(times: u32) -> Result<()> {
    let handle = memory(Clock::manual(1_000_000)).await?;
    let store = handle.store().store("here");
    store.set_pool_limit("pool", 4, None).await?;
    for _ in 0..times {
        store.claim_concurrency_slots(SlotClaim::new("run", "step", &[("pool", 1)])).await?;
        store.free_concurrency_slots("run", "step", None).await?;
    }
    handle.close().await
}

/// The event of one run among many: a list must seek to it, not scan the runs before it.
async fn one_of_many(times: u32) -> Result<()> {
    const RUNS: usize = 10_000;
    let handle = memory(Clock::manual(1_000_000)).await?;
    let store = handle.store().store("here");
    let run = |at| format!("run {at:05}");
    store.store_events((0..RUNS).map(|at| NewEvent::new(EventType::StepSuccess, run(at))).collect()).await?;
    for _ in 0..times {
        black_box(store.get_events_for_run(&run(RUNS / 2), None, None).await?);
    }
    handle.close().await
}

/// Batches of materializations, each of the same assets.
async fn stored_events(times: u32, batch: usize) -> Result<()> {
    let handle = memory(Clock::manual(1_000_000)).await?;
    let store = handle.store().store("here");
    for _ in 0..times {
        let made = |at| NewEvent {
            asset_key: Some(format!("asset {at:03}")),
            data_version: Some("v1".to_owned()),
            ..NewEvent::new(EventType::Materialization, "run")
        };
        black_box(store.store_events((0..batch).map(made).collect()).await?);
    }
    handle.close().await
}
