//! One seed: processes one after the other on the same records, until all jobs are done.

use rivers_storage::invariant::Invariant;
use rivers_storage_testing::check::Check;
use std::collections::BTreeMap;
use std::sync::Arc;

use rivers_storage::records::{Records, Table};
use rivers_storage_testing::Simulated;

use super::plan::Plan;
use super::process::{End, Process};
use super::random::Random;
use super::records::{Faults, FaultyRecords};
use super::timers::Timers;
use super::workload::Workload;
use crate::checks::Finding;
use crate::observer::Observer;
use rivers_storage_testing::NOW;
use rivers_storage_testing::rows::field;

pub struct Outcome {
    pub findings: Vec<Finding>,
    pub trace: Vec<String>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// After so many restarts a process runs without faults until all jobs are done.
const RESTARTS: usize = 12;

pub fn run(seed: u64) -> Outcome {
    let random = Random::of(seed);
    let plan = Arc::new(Plan::of(&random));
    let workload = Arc::new(Workload::of(&plan));
    let observer: Arc<Observer> = Arc::default();
    let mut records = Simulated::new(NOW);
    for number in 0.. {
        let faults = if number < RESTARTS { plan.faults } else { Faults::default() };
        let faulty = FaultyRecords::new(records, Arc::clone(&observer), random.clone(), faults);
        let process = Process {
            number,
            plan: Arc::clone(&plan),
            workload: Arc::clone(&workload),
            records: faulty.clone(),
            observer: Arc::clone(&observer),
            random: random.clone(),
            timers: Timers::default(),
            idle: Arc::default(),
            stores: Vec::new(),
            ending: Arc::default(),
        };
        match run_process(process) {
            End::Finished => {
                nothing_is_left(faulty.simulated(), &observer);
                break;
            }
            End::Failed => break,
            End::Died | End::Closed => records = next(&faulty, &random, &observer),
        }
    }
    let mut observed = observer.lock();
    let observed = &mut *observed;
    Outcome {
        findings: std::mem::take(&mut observed.findings.0),
        trace: std::mem::take(&mut observed.trace.0),
        counts: std::mem::take(&mut observed.counts),
    }
}

/// On one thread: tasks then run in the same order in every run of the seed.
fn run_process(process: Process) -> End {
    let idle = Arc::clone(&process.idle);
    let observer = Arc::clone(&process.observer);
    let runtime = tokio::runtime::Builder::new_current_thread().on_thread_park(move || idle.notify_one()).build();
    let runtime = runtime.expect("a runtime");
    let end = runtime.block_on(process.live());
    drop(runtime);
    observer.process_ended();
    end
}

/// The records as the next process finds them. The wall clock may have been set since.
fn next(before: &FaultyRecords, random: &Random, observer: &Observer) -> Simulated {
    let now = before.context().clock.now();
    let wall = match random.between(1..=4) {
        1 => now - *random.pick(&[250, 5_000, 3_600_000]),
        2 => now + *random.pick(&[250, 5_000, 86_400_000]),
        _ => now,
    };
    if wall < now {
        observer.count("clocks set back");
    }
    observer.note(|| format!("{now} opened again at {wall}"));
    Simulated::at(before.simulated(), wall)
}

/// Once all leases and queue entries have ended.
fn nothing_is_left(records: &Simulated, observer: &Observer) {
    let rows = records.rows();
    for table in [Table::Slot, Table::Lease, Table::Waiter, Table::PoolQueue, Table::PlaceEnd] {
        let left: Vec<_> = rows.keys().filter(|key| key.table == table).collect();
        if !left.is_empty() {
            observer.found(Check::NothingIsLeft, format!("of {}: {left:?}", table.name()));
        }
    }
    let events = rows.iter().filter(|(key, _)| key.table == Table::Event);
    let stored = events.filter(|(_, row)| field::<String>(row, "event_type") == "StepRetry").count();
    let accepted = observer.lock().events;
    if stored != accepted {
        observer
            .found(Invariant::OldTokensChangeNothing, format!("{stored} events are stored, {accepted} were accepted"));
    }
}
