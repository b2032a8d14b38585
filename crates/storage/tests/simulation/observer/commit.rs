//! One commit, as the checks see it.

use rivers_storage::pools::ClaimStatus;

use super::call::{Answered, Asked, Call};
use super::history::History;
use super::queue::{Queues, Rank};
use super::state::{State, StepName};
use super::waits::Waits;

pub struct Commit<'w> {
    pub before: &'w State,
    pub after: &'w State,
    pub now_micros: i64,
    /// None: a transaction of the store itself.
    pub call: Option<&'w Call>,
    pub answer: &'w Answered,
    pub history: &'w History,
    pub waits: &'w Waits,
}

/// The claim that the commit granted.
pub struct Granted<'w> {
    pub asked: &'w Asked,
    pub token: i64,
    /// The number of the wait that was granted. It has an attempt of its own.
    pub wait: Option<u64>,
}

impl<'w> Commit<'w> {
    pub const fn now(&self) -> i64 {
        self.now_micros.div_euclid(1000)
    }

    pub const fn queues(&self) -> Queues<'w> {
        Queues { state: self.before, history: self.history, now: self.now() }
    }

    /// The claim that was decided, if it is known. A granted one always is.
    pub fn decided(&self) -> Option<&'w Asked> {
        match self.call {
            Some(Call::Claim(asked)) => Some(asked),
            Some(Call::Acquire(number)) => self.waits.asked(*number),
            _ => self.granted().map(|granted| granted.asked),
        }
    }

    /// The rank that decided: a new claim has the priority that it names, a repeated try that of its queue entry.
    pub fn rank(&self, asked: &Asked) -> Rank {
        let queues = self.queues();
        let entry = queues.rank_of(&asked.step).filter(|_| self.waits.asks(self.call).is_none());
        entry.unwrap_or_else(|| queues.rank_of_claim(asked, self.now_micros))
    }

    pub fn granted(&self) -> Option<Granted<'w>> {
        let Answered::Claim(ClaimStatus::Claimed(grant)) = self.answer else { return None };
        let token = grant.token;
        let granted = |asked, wait| Granted { asked, token, wait };
        match self.call {
            Some(Call::Claim(asked)) => Some(granted(asked, None)),
            Some(Call::Acquire(number)) => self.waits.asked(*number).map(|asked| granted(asked, Some(*number))),
            _ => {
                let (step, lease) = self.after.leases.iter().find(|(_, lease)| lease.token == token)?;
                // The same step may wait in two storage objects.
                let mut waiting = self.waits.of(step).peekable();
                let first = *waiting.peek()?;
                let fits =
                    |(_, asked): &(u64, &Asked)| asked.pools.iter().all(|(pool, slots)| lease.held(pool) == *slots);
                let (number, asked) = waiting.find(fits).unwrap_or(first);
                Some(granted(asked, Some(number)))
            }
        }
    }

    pub fn is_granted(&self, step: &StepName) -> bool {
        self.granted().is_some_and(|granted| granted.asked.step == *step)
    }
}
