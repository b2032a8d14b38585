//! Sees every commit and every time at which all tasks are idle, and runs the checks.

pub mod call;
pub mod commit;
pub mod history;
pub mod queue;
pub mod state;
pub mod trace;
pub mod waits;

use rivers_storage_testing::check::Check;
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
use crate::checks::{self, Finding, Findings};
use rivers_storage_testing::recount;

#[derive(Default)]
pub struct Observer(Mutex<Observed>);

#[derive(Default)]
pub struct Observed {
    pub state: Arc<State>,
    pub history: History,
    pub waits: Waits,
    pub trace: Trace,
    /// Cases by name: they show what a simulation reaches.
    pub counts: BTreeMap<&'static str, u64>,
    pub findings: Findings,
    /// Calls under way, without native waits.
    pub busy: i64,
    /// Events that were accepted.
    pub events: usize,
    /// The time of the last commit of this process.
    newest_micros: i64,
    /// The time at which a process last closed the store.
    closed_micros: i64,
}

/// A transaction that was committed.
pub struct Committed<'t> {
    pub call: Option<&'t Call>,
    pub answer: &'t Answered,
    pub now_micros: i64,
}

impl Observer {
    pub fn lock(&self) -> MutexGuard<'_, Observed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.lock().state)
    }

    pub fn count(&self, what: &'static str) {
        *self.lock().counts.entry(what).or_default() += 1;
    }

    pub fn note(&self, what: impl FnOnce() -> String) {
        self.lock().trace.add(what());
    }

    pub fn has_findings(&self) -> bool {
        !self.lock().findings.0.is_empty()
    }

    pub fn found(&self, check: impl Into<Check>, how: String) {
        self.lock().findings.0.push(Finding { check: check.into(), how });
    }

    pub fn committed(&self, records: &Simulated, committed: &Committed<'_>) {
        let mut observed = self.lock();
        let observed = &mut *observed;
        let after = Arc::new(State::of(&records.rows()));
        let before = std::mem::replace(&mut observed.state, Arc::clone(&after));
        let Committed { call, answer, now_micros } = *committed;
        observed.trace.commit(now_micros, call, answer, &before, &after);
        observed.learn_priority(call, &after);
        observed.history.mark_ended(&before, now_micros.div_euclid(1000));

        let (history, waits) = (&observed.history, &observed.waits);
        let commit = Commit { before: &before, after: &after, now_micros, call, answer, history, waits };
        let mut findings = Findings::default();
        let recounted = catch_unwind(AssertUnwindSafe(|| recount::check(records)));
        findings.require(Check::CountsEqualRows, recounted.is_ok(), || message(recounted.unwrap_err().as_ref()));
        checks::grants::check(&commit, &mut findings);
        checks::claims::check(&commit, &mut findings);
        checks::leases::check(&commit, &mut findings);
        checks::releases::check(&commit, &mut findings);
        checks::pools::check(&commit, &mut findings);
        checks::openings::check(&commit, &mut findings);
        findings.require(
            Check::TimeGoesForward,
            call.is_some_and(Call::opens) || now_micros >= observed.newest_micros,
            || format!("{now_micros} us, after {} us", observed.newest_micros),
        );

        let granted = commit.granted().map(|granted| (granted.asked.clone(), granted.token, granted.wait));
        if let Some((asked, token, wait)) = granted {
            let expected = commit.queues().expected(&asked, &commit.rank(&asked));
            *observed.counts.entry(kind_of_grant(call)).or_default() += 1;
            observed.history.granted(&asked.step, token);
            if let Some(number) = wait {
                observed.waits.granted(number, token);
            }
            if let Some(Expected::Granted { overtaken }) = expected {
                for (head, pool) in overtaken {
                    *observed.counts.entry("overtakings").or_default() += 1;
                    observed.history.overtook(head, pool);
                }
            }
        }
        match call {
            Some(Call::Event(..)) => observed.events += 1,
            Some(Call::Close) => observed.closed_micros = now_micros,
            Some(Call::Cancel(run)) => observed.waits.cancel_run(run),
            Some(Call::Acquire(number)) => observed.waits.tried(*number),
            _ => {}
        }
        observed.history.advance(&before, &after);
        observed.newest_micros = observed.newest_micros.max(now_micros);
        observed.findings.0.append(&mut findings.0);
    }

    /// After a commit has notified the kept-alive leases, or time has passed.
    pub fn check_kept_alive(&self, now: i64) {
        let mut observed = self.lock();
        let observed = &mut *observed;
        checks::kept_alive::check(&observed.waits, &observed.state, now, &mut observed.findings);
    }

    pub fn refused(&self, call: Option<&Call>, seen: &State, now: i64, error: &Error) {
        let mut observed = self.lock();
        let observed = &mut *observed;
        observed.trace.add(format!("{now} {call:?} refused: {}", error.code().as_str()));
        checks::leases::check_refusal(call, seen, now, error, &mut observed.findings);
        let queues = Queues { state: seen, history: &observed.history, now };
        checks::pools::check_refusal(call, queues, error, &mut observed.findings);
    }

    /// All tasks are idle until time passes.
    pub fn idle(&self, now: i64) {
        let mut observed = self.lock();
        let observed = &mut *observed;
        let queues = Queues { state: &observed.state, history: &observed.history, now };
        checks::waits::check(&observed.waits, queues, &mut observed.findings);
        observed.waits.forget_abandoned();
        observed
            .findings
            .require(Check::CallsAreAnswered, observed.busy == 0, || format!("{} calls get no answer", observed.busy));
        let state = Arc::clone(&observed.state);
        observed.history.mark_ended(&state, now);
    }

    pub fn opened(&self, now_micros: i64) {
        let mut observed = self.lock();
        let observed = &mut *observed;
        checks::openings::check_opened(&observed.state, now_micros, observed.closed_micros, &mut observed.findings);
        if observed.closed_micros < observed.newest_micros {
            // No row stores how long the process lived after its last commit.
            observed.history.revive(&observed.state, now_micros.div_euclid(1000));
        }
        checks::leases::check_ended(
            &observed.state,
            &observed.history,
            now_micros.div_euclid(1000),
            &mut observed.findings,
        );
        observed.newest_micros = now_micros;
    }

    /// The waits of a process end with it.
    pub fn process_ended(&self) {
        self.lock().waits = Waits::default();
    }
}

impl Observed {
    /// A claim that is queued now has the priority that it named.
    fn learn_priority(&mut self, call: Option<&Call>, after: &State) {
        let Some(asked) = self.waits.asks(call) else { return };
        let entry = after.waiters.get(&asked.step);
        if entry.is_some_and(|entry| entry.location == asked.location && entry.pools == asked.pools) {
            self.history.asked(&asked.step, asked.priority);
        }
    }
}

const fn kind_of_grant(call: Option<&Call>) -> &'static str {
    match call {
        Some(Call::Claim(_)) => "grants to polls",
        Some(Call::Acquire(_)) => "grants to new waits",
        _ => "grants to waiters",
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
