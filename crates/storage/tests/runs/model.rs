//! Random sequences of operations, against a naive model of what each does. The rows of the lists
//! are at all times those that follow from the rows of the runs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use rivers_storage::records::{Key, Table};
use rivers_storage::runs::{LaunchedBy, NewRun, RunOutcome, RunOutcomeStatus, RunRecord, RunStatus};
use rivers_storage::{Code, key};

use crate::help::{NOW, World, events_of, run};

const LOCATIONS: [&str; 2] = ["here", "there"];
const IDS: [&str; 5] = ["", "a", "b", "\u{FFFD}", "🚀"];

#[derive(Clone, Debug)]
enum Op {
    Create { location: &'static str, runs: Vec<NewRun>, enqueued: bool },
    Update { id: &'static str, status: RunStatus, end_time: Option<i64> },
    Start(&'static str),
    Cancel(&'static str),
    Request(&'static str),
    Block(&'static str, Option<&'static str>),
    Outcome(&'static str, RunOutcomeStatus),
    Wait(i64),
}

fn new_run() -> impl Strategy<Value = NewRun> {
    let text = || prop::option::of(select(vec![None, Some(""), Some("x")]));
    let status = prop::option::of(select(RunStatus::ALL));
    let fields = (select(&IDS[..]), text(), status, prop::option::of(0..3_i64), prop::option::of(-1..2_i32), text());
    fields.prop_map(|(id, job_name, status, start_time, priority, block_reason)| {
        let owned = |text: Option<Option<&str>>| text.map(|text| text.map(str::to_owned));
        let (job_name, block_reason) = (owned(job_name), owned(block_reason));
        NewRun { job_name, status, start_time, priority, block_reason, ..run(id) }
    })
}

fn op() -> impl Strategy<Value = Op> {
    let id = || select(&IDS[..]);
    let status = || select(RunStatus::ALL);
    let creation = (select(&LOCATIONS[..]), prop::collection::vec(new_run(), 1..3), any::<bool>());
    prop_oneof![
        4 => creation.prop_map(|(location, runs, enqueued)| Op::Create { location, runs, enqueued }),
        4 => (id(), status(), prop::option::of(0..9_i64))
            .prop_map(|(id, status, end_time)| Op::Update { id, status, end_time }),
        2 => id().prop_map(Op::Start),
        2 => id().prop_map(Op::Cancel),
        1 => id().prop_map(Op::Request),
        2 => (id(), select(vec![None, Some("full"), Some("")])).prop_map(|(id, reason)| Op::Block(id, reason)),
        2 => (id(), select(RunOutcomeStatus::ALL)).prop_map(|(id, status)| Op::Outcome(id, status)),
        1 => (1..5_i64).prop_map(Op::Wait),
    ]
}

fn outcome(status: RunOutcomeStatus) -> RunOutcome {
    let message = (status == RunOutcomeStatus::Failure).then(|| "why".to_owned());
    RunOutcome { status, completed_steps: 1, total_steps: 2, message }
}

#[derive(Clone, Debug)]
struct ModelRun {
    location: &'static str,
    first_reason: Option<String>,
    has_event: bool,
    record: RunRecord,
}

#[derive(Clone, Debug)]
struct Model {
    now: i64,
    /// In the order of storing.
    runs: Vec<ModelRun>,
    requested: BTreeSet<&'static str>,
    outcomes: BTreeMap<&'static str, RunOutcome>,
}

type Answer = Result<Option<bool>, Code>;

impl Model {
    fn find(&mut self, id: &str) -> Option<&mut RunRecord> {
        self.runs.iter_mut().map(|run| &mut run.record).find(|record| record.run_id == id)
    }

    fn apply(&mut self, op: &Op) -> Answer {
        let now = self.now;
        match op {
            Op::Create { location, runs, enqueued } => {
                let mut tried = self.clone();
                for new in runs {
                    if *enqueued && new.status.is_some_and(|status| status != RunStatus::Queued) {
                        return Err(Code::InvalidArg);
                    }
                }
                for new in runs {
                    tried.create(location, new, *enqueued)?;
                }
                *self = tried;
            }
            Op::Update { id, status, end_time } => {
                let run = self.find(id).ok_or(Code::NotFound)?;
                if over(run.status) && run.status != *status {
                    return Err(Code::Conflict);
                }
                if over(run.status) {
                    run.end_time = run.end_time.or(*end_time);
                    return Ok(None);
                }
                leave(run, *status);
                if end_time.is_some() {
                    run.end_time = *end_time;
                } else if over(*status) {
                    run.end_time = Some(now);
                }
            }
            Op::Start(id) => {
                let run = self.find(id).ok_or(Code::NotFound)?;
                return Ok(Some(take(run, RunStatus::Started)));
            }
            Op::Cancel(id) => {
                let Some(run) = self.find(id) else { return Ok(Some(false)) };
                let cancelled = take(run, RunStatus::Canceled);
                if cancelled {
                    run.end_time = Some(now);
                }
                return Ok(Some(cancelled));
            }
            Op::Request(id) => {
                self.requested.insert(id);
            }
            Op::Block(id, reason) => {
                let run = self.find(id).ok_or(Code::NotFound)?;
                let waits = [RunStatus::Queued, RunStatus::NotStarted].contains(&run.status);
                run.block_reason = reason.filter(|_| waits).map(str::to_owned);
            }
            Op::Outcome(id, status) => {
                self.outcomes.insert(id, outcome(*status));
                let Some(run) = self.find(id) else { return Ok(None) };
                if !over(run.status) || run.end_time.is_none() {
                    run.end_time = Some(now);
                }
                let ended = match status {
                    RunOutcomeStatus::Success => RunStatus::Success,
                    RunOutcomeStatus::Failure => RunStatus::Failure,
                    RunOutcomeStatus::Cancelled => RunStatus::Canceled,
                };
                leave(run, ended);
            }
            Op::Wait(time) => self.now += time,
        }
        Ok(None)
    }

    fn create(&mut self, location: &'static str, new: &NewRun, enqueued: bool) -> Result<(), Code> {
        let job_name = new.job_name.clone().map(|job| job.filter(|job| !job.is_empty()));
        if let Some(run) = self.runs.iter().find(|run| run.record.run_id == new.run_id) {
            let record = &run.record;
            let same = run.location == location
                && job_name.is_none_or(|job| job == record.job_name)
                && new.start_time.is_none_or(|time| time == record.start_time)
                && new.priority.is_none_or(|priority| priority == record.priority)
                && new.block_reason.as_ref().is_none_or(|reason| *reason == run.first_reason);
            return if same { Ok(()) } else { Err(Code::Conflict) };
        }
        let otherwise = if enqueued { RunStatus::Queued } else { RunStatus::NotStarted };
        let record = RunRecord {
            run_id: new.run_id.clone(),
            job_name: job_name.flatten(),
            status: new.status.unwrap_or(otherwise),
            start_time: new.start_time.unwrap_or(self.now),
            end_time: None,
            tags: Vec::new(),
            node_names: Vec::new(),
            priority: new.priority.unwrap_or(0),
            partition_key: None,
            block_reason: new.block_reason.clone().flatten(),
            launched_by: LaunchedBy::MANUAL,
        };
        self.runs.push(ModelRun { location, first_reason: record.block_reason.clone(), has_event: enqueued, record });
        Ok(())
    }

    fn newest(&self, location: &str, status: Option<RunStatus>) -> Vec<RunRecord> {
        let is_listed =
            |run: &&ModelRun| run.location == location && status.is_none_or(|status| status == run.record.status);
        let mut listed: Vec<RunRecord> = self.runs.iter().filter(is_listed).map(|run| run.record.clone()).collect();
        listed.sort_by_key(|record| record.start_time);
        listed.reverse();
        listed
    }

    fn queued(&self, location: &str) -> Vec<RunRecord> {
        let mut queued = self.newest(location, Some(RunStatus::Queued));
        queued.sort_by_key(|record| (-record.priority, record.start_time, record.run_id.clone()));
        queued
    }
}

fn over(status: RunStatus) -> bool {
    [RunStatus::Success, RunStatus::Failure, RunStatus::Canceled].contains(&status)
}

fn leave(run: &mut RunRecord, to: RunStatus) {
    if run.status != to && to != RunStatus::Queued {
        run.block_reason = None;
    }
    run.status = to;
}

fn take(run: &mut RunRecord, to: RunStatus) -> bool {
    let waits = [RunStatus::Queued, RunStatus::NotStarted].contains(&run.status);
    if waits {
        leave(run, to);
    }
    waits
}

async fn perform(world: &World, op: &Op) -> Answer {
    let store = &world.store;
    let done = match op.clone() {
        Op::Create { location, runs, enqueued: true } => world.at(location).enqueue_runs(runs).await.map(|()| None),
        Op::Create { location, runs, enqueued: false } => world.at(location).create_runs(runs).await.map(|()| None),
        Op::Update { id, status, end_time } => {
            store.update_run_status(id.to_owned(), status, end_time).await.map(|()| None)
        }
        Op::Start(id) => store.try_start_run(id.to_owned()).await.map(Some),
        Op::Cancel(id) => store.cancel_queued_run(id.to_owned()).await.map(Some),
        Op::Request(id) => store.request_cancellation(id.to_owned()).await.map(|()| None),
        Op::Block(id, reason) => {
            store.set_run_block_reason(id.to_owned(), reason.map(str::to_owned)).await.map(|()| None)
        }
        Op::Outcome(id, status) => store.set_run_outcome(id.to_owned(), outcome(status)).await.map(|()| None),
        Op::Wait(time) => {
            world.advance_to(store.now() + time);
            Ok(None)
        }
    };
    done.map_err(|error| error.code())
}

async fn compare(world: &World, model: &Model) {
    for location in LOCATIONS {
        let store = world.at(location);
        for status in RunStatus::ALL.iter().copied().map(Some).chain([None]) {
            assert_eq!(store.get_runs(usize::MAX, status, None).await.unwrap(), model.newest(location, status));
        }
        assert_eq!(store.get_queued_runs().await.unwrap(), model.queued(location));
    }
    for id in IDS {
        assert_eq!(world.store.is_cancelled(id).await.unwrap(), model.requested.contains(id));
        assert_eq!(world.store.get_run_outcome(id).await.unwrap(), model.outcomes.get(id).cloned());
        let run = model.runs.iter().find(|run| run.record.run_id == id);
        assert_eq!(world.store.get_run(id).await.unwrap(), run.map(|run| run.record.clone()));
        assert_eq!(events_of(&world.store, id).await.len(), usize::from(run.is_some_and(|run| run.has_event)));
    }
}

/// The rows of the lists, as they follow from the rows of the runs.
fn compare_lists(world: &World) {
    let rows = world.records.rows();
    let mut expected = BTreeMap::new();
    for (_, mut row) in rows.clone().into_iter().filter(|(key, _)| key.table == Table::Run) {
        let (id, location, status): (String, String, String) =
            (row.take("run_id").unwrap(), row.take("location").unwrap(), row.take("status").unwrap());
        let [start, order, priority]: [i64; 3] =
            ["start_time", "order", "priority"].map(|name| row.take(name).unwrap());
        expected.insert(key!(Table::RunByTime, &location, start, order), id.clone());
        expected.insert(key!(Table::RunByStatus, &location, &status, start, order), id.clone());
        if status == "Queued" {
            expected.insert(key!(Table::RunQueue, &location, -priority, start, &id), id);
        }
    }
    let lists = [Table::RunByTime, Table::RunByStatus, Table::RunQueue];
    let listed = rows.into_iter().filter(|(key, _)| lists.contains(&key.table));
    let listed: BTreeMap<Key, String> = listed.map(|(key, mut row)| (key, row.take("run_id").unwrap())).collect();
    assert_eq!(listed, expected);
}

proptest! {
    #[test]
    fn operations_do_what_the_model_does(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut model = Model { now: NOW, runs: Vec::new(), requested: BTreeSet::new(), outcomes: BTreeMap::new() };
            for op in &ops {
                assert_eq!(perform(&world, op).await, model.apply(op), "{op:?}");
                compare(&world, &model).await;
                compare_lists(&world);
            }
        });
    }
}
