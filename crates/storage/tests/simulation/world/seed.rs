//! One seed: processes that follow each other on the same records, until all is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use rivers_storage::records::{Records, Table};
use rivers_storage_testing::Simulated;

use super::dice::Dice;
use super::lasting::Lasting;
use super::life::{End, Life};
use super::plan::Plan;
use super::records::{Faults, Faulty};
use super::timers::Timers;
use crate::invariants::{Broken, Promise};
use crate::witness::Witness;
use rivers_storage_testing::NOW;
use rivers_storage_testing::rows::field;

pub struct Outcome {
    pub broken: Vec<Broken>,
    pub trace: Vec<String>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// From then on processes live as long as they have something to do.
const RESTARTS: usize = 12;

pub fn run(seed: u64) -> Outcome {
    let dice = Dice::of(seed);
    let plan = Arc::new(Plan::of(&dice));
    let lasting = Arc::new(Lasting::of(&plan));
    let witness: Arc<Witness> = Arc::default();
    let mut records = Simulated::new(NOW);
    for number in 0.. {
        let faults = if number < RESTARTS { plan.faults } else { Faults::default() };
        let faulty = Faulty::new(records, Arc::clone(&witness), dice.clone(), faults);
        let life = Life {
            number,
            plan: Arc::clone(&plan),
            lasting: Arc::clone(&lasting),
            records: faulty.clone(),
            witness: Arc::clone(&witness),
            dice: dice.clone(),
            timers: Timers::default(),
            quiet: Arc::default(),
            stores: Vec::new(),
            ending: Arc::default(),
        };
        match process(life) {
            End::Finished => {
                nothing_is_left(faulty.simulated(), &witness);
                break;
            }
            End::Broken => break,
            End::Died | End::Closed => records = next(&faulty, &dice, &witness),
        }
    }
    let mut inside = witness.inside();
    let inside = &mut *inside;
    Outcome {
        broken: std::mem::take(&mut inside.findings.0),
        trace: std::mem::take(&mut inside.trace.0),
        counts: std::mem::take(&mut inside.counts),
    }
}

/// On one thread, so that everybody has his turn in an order that is the same for every run.
fn process(life: Life) -> End {
    let quiet = Arc::clone(&life.quiet);
    let witness = Arc::clone(&life.witness);
    let runtime = tokio::runtime::Builder::new_current_thread().on_thread_park(move || quiet.notify_one()).build();
    let runtime = runtime.expect("a runtime");
    let end = runtime.block_on(life.live());
    drop(runtime);
    witness.process_ended();
    end
}

/// The records as the next process finds them, by a wall clock that may have been set meanwhile.
fn next(before: &Faulty, dice: &Dice, witness: &Witness) -> Simulated {
    let now = before.context().clock.now();
    let wall = match dice.between(1..=4) {
        1 => now - *dice.pick(&[250, 5_000, 3_600_000]),
        2 => now + *dice.pick(&[250, 5_000, 86_400_000]),
        _ => now,
    };
    if wall < now {
        witness.count("clocks set back");
    }
    witness.note(|| format!("{now} opened again at {wall}"));
    Simulated::at(before.simulated(), wall)
}

/// When everything has ended or expired.
fn nothing_is_left(records: &Simulated, witness: &Witness) {
    let rows = records.rows();
    for table in [Table::Slot, Table::Lease, Table::Waiter, Table::PoolQueue, Table::PlaceEnd] {
        let left: Vec<_> = rows.keys().filter(|key| key.table == table).collect();
        if !left.is_empty() {
            witness.broken(Promise::NothingIsLeft, format!("of {}: {left:?}", table.name()));
        }
    }
    let events = rows.iter().filter(|(key, _)| key.table == Table::Event);
    let told = events.filter(|(_, row)| field::<String>(row, "event_type") == "StepRetry").count();
    let accepted = witness.inside().events;
    if told != accepted {
        witness.broken(Promise::OldTokensChangeNothing, format!("{told} events are stored, {accepted} were accepted"));
    }
}
