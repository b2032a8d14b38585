//! The call that a transaction belongs to, and its answer.

use rivers_storage::pools::{ClaimStatus, Claimed, Renewal, SlotClaim};
use rivers_storage::records;

use super::state::{PoolName, Slots, StepName};

/// A claim, as its caller asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub step: StepName,
    pub location: String,
    pub priority: i64,
    pub pools: Slots,
    pub attempt: Option<String>,
    pub lease_ms: Option<i64>,
}

impl Asked {
    /// The claim names each pool once.
    pub fn of(location: &str, claim: &SlotClaim) -> Self {
        let name = |pool: &String| PoolName::new(location, pool);
        Self {
            step: StepName::new(&claim.run_id, &claim.step_key),
            location: location.to_owned(),
            priority: claim.priority,
            pools: claim.pools.iter().map(|(pool, slots)| (name(pool), *slots)).collect(),
            attempt: claim.attempt.clone(),
            lease_ms: claim.lease_ms,
        }
    }

    pub fn wants(&self, pool: &PoolName) -> Option<i64> {
        self.pools.iter().find(|(wanted, _)| wanted == pool).map(|(_, slots)| *slots)
    }
}

#[derive(Clone, Debug)]
pub enum Call {
    Open,
    Close,
    /// The limit and the lease duration that are set.
    Limit(PoolName, i64, i64),
    Delete(PoolName),
    Sweep,
    Cancel(String),
    Claim(Asked),
    /// The caller's own tries of a wait, by the number of the wait.
    Acquire(u64),
    Renew(StepName, Option<i64>),
    Free(StepName, Option<i64>),
    FreeRun(String),
    Event(StepName, i64),
    Look,
}

tokio::task_local! {
    static CALL: Call;
}

impl Call {
    /// Runs the work as this call.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> T {
        CALL.scope(self, work).await
    }

    pub const fn opens(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// None is the store itself: it serves waiters, and keeps leases alive.
    pub fn current() -> Option<Self> {
        CALL.try_with(Clone::clone).ok()
    }
}

/// The answer of a transaction, as far as checks read it.
#[derive(Clone, Debug)]
pub enum Answered {
    Claim(ClaimStatus),
    Renewal(Option<Renewal>),
    Count(usize),
    Other,
}

impl Answered {
    pub fn of(answer: &records::Answer) -> Self {
        if let Some(Claimed { status, .. }) = answer.downcast_ref() {
            return Self::Claim(status.clone());
        }
        if let Some(renewal) = answer.downcast_ref::<Option<Renewal>>() {
            return Self::Renewal(*renewal);
        }
        answer.downcast_ref::<usize>().map_or(Self::Other, |count| Self::Count(*count))
    }
}
