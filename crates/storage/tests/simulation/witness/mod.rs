//! Sees every commit and every moment of quiet, and holds them against what is promised.

pub mod call;
pub mod commit;
pub mod history;
pub mod queue;
pub mod state;
pub mod trace;
pub mod waits;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rivers_storage::Error;
use rivers_storage_testing::Simulated;

use self::call::{Answered, Call};
use self::commit::Commit;
use self::history::History;
use self::queue::{Expected, Queues};
use self::state::State;
use self::trace::Trace;
use self::waits::Waits;
use crate::invariants::{self, Broken, Findings, Promise};
use rivers_storage_testing::recount;

#[derive(Default)]
pub struct Witness(Mutex<Inside>);

#[derive(Default)]
pub struct Inside {
    pub state: Arc<State>,
    pub history: History,
    pub waits: Waits,
    pub trace: Trace,
    /// How often what happened: so that one sees what a simulation comes to.
    pub counts: BTreeMap<&'static str, u64>,
    pub findings: Findings,
    /// Calls under way, except those that may wait.
    pub busy: i64,
    /// Events that were accepted.
    pub events: usize,
    /// The time of the last commit of this process.
    newest_micros: i64,
    /// The time that was last left behind by a process that was closed.
    closed_micros: i64,
}

/// A transaction that is committed now.
pub struct Told<'t> {
    pub call: Option<&'t Call>,
    pub answer: &'t Answered,
    pub now_micros: i64,
}

impl Witness {
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.inside().state)
    }

    pub fn count(&self, what: &'static str) {
        *self.inside().counts.entry(what).or_default() += 1;
    }

    pub fn note(&self, what: impl FnOnce() -> String) {
        self.inside().trace.add(what());
    }

    pub fn is_content(&self) -> bool {
        self.inside().findings.0.is_empty()
    }

    pub fn broken(&self, promise: Promise, how: String) {
        self.inside().findings.0.push(Broken { promise, how });
    }

    pub fn committed(&self, records: &Simulated, told: &Told<'_>) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        let after = Arc::new(State::of(&records.rows()));
        let before = std::mem::replace(&mut inside.state, Arc::clone(&after));
        let Told { call, answer, now_micros } = *told;
        inside.trace.commit(now_micros, call, answer, &before, &after);
        inside.learn_priority(call, &after);
        inside.history.bury(&before, now_micros.div_euclid(1000));

        let (history, waits) = (&inside.history, &inside.waits);
        let commit = Commit { before: &before, after: &after, now_micros, call, answer, history, waits };
        let mut findings = Findings::default();
        let books = catch_unwind(AssertUnwindSafe(|| recount::check(records)));
        findings.require(Promise::RightBooks, books.is_ok(), || message(books.unwrap_err().as_ref()));
        invariants::grants::check(&commit, &mut findings);
        invariants::claims::check(&commit, &mut findings);
        invariants::leases::check(&commit, &mut findings);
        invariants::releases::check(&commit, &mut findings);
        invariants::pools::check(&commit, &mut findings);
        invariants::openings::check(&commit, &mut findings);
        findings.require(
            Promise::TimeGoesForward,
            call.is_some_and(Call::opens) || now_micros >= inside.newest_micros,
            || format!("{now_micros} us, after {} us", inside.newest_micros),
        );

        let granted = commit.granted().map(|granted| (granted.asked.clone(), granted.token, granted.wait));
        if let Some((asked, token, wait)) = granted {
            let expected = commit.queues().expected(&asked, &commit.rank(&asked));
            *inside.counts.entry(kind_of_grant(call)).or_default() += 1;
            inside.history.granted(&asked.step, token);
            if let Some(number) = wait {
                inside.waits.granted(number, token);
            }
            if let Some(Expected::Granted { overtaken }) = expected {
                for (head, pool) in overtaken {
                    *inside.counts.entry("overtakings").or_default() += 1;
                    inside.history.overtook(head, pool);
                }
            }
        }
        match call {
            Some(Call::Event(..)) => inside.events += 1,
            Some(Call::Close) => inside.closed_micros = now_micros,
            Some(Call::Cancel(run)) => inside.waits.cancel(run),
            Some(Call::Acquire(number)) => inside.waits.has_tried(*number),
            _ => {}
        }
        inside.history.pass(&before, &after);
        inside.newest_micros = inside.newest_micros.max(now_micros);
        inside.findings.0.append(&mut findings.0);
    }

    /// Something was told to those who keep leases, or time has passed.
    pub fn look_at_kept(&self, now: i64) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        invariants::kept::check(&inside.waits, &inside.state, now, &mut inside.findings);
    }

    pub fn refused(&self, call: Option<&Call>, seen: &State, now: i64, error: &Error) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        inside.trace.add(format!("{now} {call:?} refused: {}", error.code().as_str()));
        invariants::leases::check_refusal(call, seen, now, error, &mut inside.findings);
        let queues = Queues { state: seen, history: &inside.history, now };
        invariants::pools::check_refusal(call, queues, error, &mut inside.findings);
    }

    /// Nobody can act until time passes.
    pub fn quiet(&self, now: i64) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        let queues = Queues { state: &inside.state, history: &inside.history, now };
        invariants::waits::check(&inside.waits, queues, &mut inside.findings);
        inside.waits.forget_abandoned();
        inside
            .findings
            .require(Promise::NobodyIsStuck, inside.busy == 0, || format!("{} calls get no answer", inside.busy));
        let state = Arc::clone(&inside.state);
        inside.history.bury(&state, now);
    }

    pub fn opened(&self, now_micros: i64) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        invariants::openings::check_opened(&inside.state, now_micros, inside.closed_micros, &mut inside.findings);
        if inside.closed_micros < inside.newest_micros {
            // Nobody has written down for how long the process lived on after its last claims.
            inside.history.exhume(&inside.state, now_micros.div_euclid(1000));
        }
        invariants::leases::check_dead(
            &inside.state,
            &inside.history,
            now_micros.div_euclid(1000),
            &mut inside.findings,
        );
        inside.newest_micros = now_micros;
    }

    /// The process is gone, and all that was only in its memory.
    pub fn process_ended(&self) {
        self.inside().waits = Waits::default();
    }
}

impl Inside {
    /// Of whoever has asked for a place, and has it now.
    fn learn_priority(&mut self, call: Option<&Call>, after: &State) {
        let Some(asked) = self.waits.asks(call) else { return };
        let place = after.waiters.get(&asked.step);
        if place.is_some_and(|place| place.location == asked.location && place.pools == asked.pools) {
            self.history.asked(&asked.step, asked.priority);
        }
    }
}

const fn kind_of_grant(call: Option<&Call>) -> &'static str {
    match call {
        Some(Call::Claim(_)) => "grants to who asked",
        Some(Call::Acquire(_)) => "grants to who came to wait",
        _ => "grants to who waited",
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
