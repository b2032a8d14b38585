//! What the reads show, and what they must not care for.

use std::sync::Arc;

use rivers_storage::assets::AssetDefinition;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::logs::NewLog;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::pools::SlotClaim;
use rivers_storage::runs::{NewRun, RunOutcome, RunOutcomeStatus, RunStatus};
use rivers_storage::staleness::GraphTopology;
use rivers_storage::ticks::NewTick;
use rivers_storage_testing::{Simulated, Storage};

use rivers_storage_testing::open;

/// How many there are of everything that is shown.
pub const SHOWN: i64 = 20;
/// How many runs come beside them, and how many of everything else.
const RUNS: i64 = 100_000;
const OTHERS: i64 = 10_000;
/// When the shown ones begin: what is older comes after them in lists from the newest back.
const THEN: i64 = 1_000_000;

pub struct World {
    pub records: Arc<Simulated>,
    pub here: Storage,
    there: Storage,
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn numbered(name: &str, from: i64, count: i64) -> impl Iterator<Item = String> {
    (from..from + count).map(move |at| format!("{name}{at:06}"))
}

fn event(run: &str, event_type: EventType, asset: &str, time: i64) -> NewEvent {
    NewEvent { asset_key: Some(text(asset)), timestamp: Some(time), ..NewEvent::new(event_type, run) }
}

fn tick(automation: &str, time: i64) -> NewTick {
    NewTick {
        id: (time >= THEN).then(|| format!("{automation} {time}")),
        automation_name: text(automation),
        automation_type: text("Schedule"),
        status: text("Success"),
        timestamp: Some(time),
        ..NewTick::default()
    }
}

fn log(run: &str, time: i64) -> NewLog {
    NewLog { run_id: text(run), step_key: text("s"), timestamp: Some(time), ..NewLog::default() }
}

impl World {
    pub async fn new() -> Self {
        let records = Arc::new(Simulated::new(THEN));
        let here = open(&records).await;
        let there = Storage::at(&here.open, "there");
        let world = Self { records, here, there };
        world.fill().await;
        world
    }

    async fn fill(&self) {
        let here = &self.here;
        let run = |at| NewRun { start_time: Some(THEN + at), ..started(&format!("run {at}")) };
        here.create_runs((0..SHOWN).map(run).collect()).await.unwrap();
        here.enqueue_runs(
            numbered("queued ", 0, SHOWN).map(|id| NewRun { start_time: Some(0), ..new_run(&id) }).collect(),
        )
        .await
        .unwrap();
        here.set_run_outcome(text("over"), SUCCESS).await.unwrap();
        here.request_cancellation(text("over")).await.unwrap();

        let assets = numbered("asset", 0, SHOWN).map(|asset_key| AssetDefinition {
            asset_key,
            tags: vec![text("t")],
            kinds: vec![text("k")],
            group: Some(text("g")),
            ..AssetDefinition::default()
        });
        here.register_assets(assets.collect()).await.unwrap();
        here.set_graph_topology(GraphTopology { nodes: Vec::new(), edges: Vec::new() }).await.unwrap();
        let made = |at| NewEvent {
            id: Some(format!("event {at}")),
            partition_key: Some(PartitionKey::single(format!("p{at}"))),
            ..event("r", EventType::Materialization, "a", THEN + at)
        };
        here.store_events((0..SHOWN).map(made).collect()).await.unwrap();
        let steps = (0..SHOWN).map(|at| event("progress", EventType::StepStart, &format!("s{at}"), at));
        here.store_events(steps.collect()).await.unwrap();
        here.store_run_logs((0..SHOWN).map(|at| log("r", at)).collect()).await.unwrap();
        here.store_ticks((0..SHOWN).map(|at| tick("tick", THEN + at)).collect()).await.unwrap();
        here.add_dynamic_partitions(text("name"), numbered("p", 0, SHOWN).collect()).await.unwrap();
        for key in numbered("key/", 0, SHOWN) {
            here.kv_set(key, vec![1]).await.unwrap();
        }
        for pool in numbered("pool", 0, SHOWN) {
            here.set_pool_limit(&pool, SHOWN, None).await.unwrap();
        }
        claim(here, "pool000000", 2 * SHOWN).await;
    }

    /// In another code location everything under the same names, and more of what has no code location.
    pub async fn fill_elsewhere(&self) {
        let there = &self.there;
        let run = |id: String| NewRun { start_time: Some(THEN), priority: Some(1), ..new_run(&id) };
        there.enqueue_runs(numbered("there ", 0, OTHERS).map(run).collect()).await.unwrap();
        for id in numbered("there ", 0, 100) {
            there.set_run_outcome(id.clone(), SUCCESS).await.unwrap();
            there.request_cancellation(id).await.unwrap();
        }
        let assets = numbered("asset", 0, OTHERS).map(|asset_key| AssetDefinition {
            asset_key,
            tags: vec![text("t")],
            kinds: vec![text("k")],
            group: Some(text("g")),
            ..AssetDefinition::default()
        });
        there.register_assets(assets.collect()).await.unwrap();
        let made = |at| NewEvent {
            partition_key: Some(PartitionKey::single(format!("p{at}"))),
            ..event("there", EventType::Materialization, "a", THEN + at)
        };
        there.store_events((0..OTHERS).map(made).collect()).await.unwrap();
        there.store_run_logs((0..OTHERS).map(|at| log("there", at)).collect()).await.unwrap();
        there
            .store_ticks((0..OTHERS).map(|at| NewTick { id: None, ..tick("tick", THEN + at) }).collect())
            .await
            .unwrap();
        there.add_dynamic_partitions(text("name"), numbered("p", 0, OTHERS).collect()).await.unwrap();
        for pool in numbered("pool", 0, 1000) {
            there.set_pool_limit(&pool, SHOWN, None).await.unwrap();
        }
        claim(there, "pool000000", 1000).await;
        for key in numbered("a", 0, OTHERS / 2).chain(numbered("z", 0, OTHERS / 2)) {
            there.kv_set(key, vec![1]).await.unwrap();
        }
    }

    /// In the same code location more under other names; and where lists are cut, more of the same list.
    pub async fn fill_around(&self) {
        let here = &self.here;
        for batch in 0..10 {
            let run = |at| NewRun {
                status: Some([RunStatus::Started, RunStatus::Success][usize::from(at % 2 == 0)]),
                start_time: Some(at % THEN),
                ..new_run(&format!("around {at}"))
            };
            here.create_runs((batch * RUNS / 10..(batch + 1) * RUNS / 10).map(run).collect()).await.unwrap();
        }
        let assets = numbered("other", 0, OTHERS).map(|asset_key| AssetDefinition {
            asset_key,
            tags: vec![text("t2")],
            kinds: vec![text("")],
            group: Some(text("h")),
            ..AssetDefinition::default()
        });
        here.register_assets(assets.collect()).await.unwrap();
        for (run, asset, from) in
            [("other", "a", 0), ("r", "other", THEN + SHOWN), ("other", "b", THEN), ("q", "b", THEN)]
        {
            let around = |at| event(run, EventType::StepStart, asset, from + at);
            here.store_events((0..OTHERS).map(around).collect()).await.unwrap();
        }
        let made = |at| NewEvent {
            partition_key: Some(PartitionKey::single(format!("p{at}"))),
            ..event("other", EventType::Materialization, "aa", THEN + at)
        };
        here.store_events((0..OTHERS).map(made).collect()).await.unwrap();
        for run in ["q", "rr", ""] {
            here.store_run_logs((0..OTHERS).map(|at| log(run, at)).collect()).await.unwrap();
        }
        for (automation, from) in [("tick", 0), ("ticks", THEN), ("", THEN)] {
            here.store_ticks((0..OTHERS).map(|at| tick(automation, from + at)).collect()).await.unwrap();
        }
        for name in ["nam", "name2"] {
            here.add_dynamic_partitions(text(name), numbered("p", 0, OTHERS).collect()).await.unwrap();
        }
        here.set_pool_limit("crowded", SHOWN, None).await.unwrap();
        claim(here, "crowded", 1000).await;
        for key in numbered("key", 0, OTHERS / 2).chain(numbered("key0", 0, OTHERS / 2)) {
            here.kv_set(key, vec![1]).await.unwrap();
        }
    }
}

const SUCCESS: RunOutcome =
    RunOutcome { status: RunOutcomeStatus::Success, completed_steps: 1, total_steps: 1, message: None };

fn new_run(id: &str) -> NewRun {
    NewRun { run_id: text(id), ..NewRun::default() }
}

fn started(id: &str) -> NewRun {
    NewRun { status: Some(RunStatus::Started), ..new_run(id) }
}

/// Of as many steps the first hold what the pool has, and the others wait.
async fn claim(store: &Storage, pool: &str, steps: i64) {
    for step in numbered("step", 0, steps) {
        let claim = SlotClaim::new(&format!("{} {pool}", store.location()), &step, &[(pool, 1)]);
        store.claim_concurrency_slots(claim).await.unwrap();
    }
}
