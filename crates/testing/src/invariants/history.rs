//! A history: what was asked of the pools, what was answered, and what was shown afterwards.

use std::collections::BTreeSet;

use rivers_storage::Code;
use rivers_storage::pools::{ClaimStatus, Grant, SlotClaim};

use super::shown::Shown;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub run: String,
    pub key: String,
}

impl Step {
    pub fn new(run: &str, key: &str) -> Self {
        Self { run: run.to_owned(), key: key.to_owned() }
    }

    pub fn of(claim: &SlotClaim) -> Self {
        Self::new(&claim.run_id, &claim.step_key)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolName {
    pub location: String,
    pub key: String,
}

impl PoolName {
    pub fn new(location: &str, key: &str) -> Self {
        Self { location: location.to_owned(), key: key.to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    SetLimit {
        pool: PoolName,
        limit: i64,
        lease_ms: i64,
    },
    DeletePool {
        pool: PoolName,
    },
    Claim {
        location: String,
        claim: SlotClaim,
    },
    Free {
        step: Step,
        token: Option<i64>,
    },
    FreeRun {
        run: String,
    },
    Renew {
        step: Step,
        lease_ms: Option<i64>,
        token: Option<i64>,
    },
    /// A write that only the holder of this grant may make.
    Write {
        step: Step,
        token: i64,
    },
    Sweep,
    Pass {
        ms: i64,
    },
    /// The process dies, and the next one opens the store.
    Restart,
    /// Somebody begins to wait natively, gives a lease back, or gives up.
    Native,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// What became of the claim.
    Claim(ClaimStatus),
    /// How many slots were freed or renewed, or whether there was such a pool.
    Count(usize),
    Refused(Code),
}

/// One call, and what was shown once it was answered.
#[derive(Clone, Debug)]
pub struct Moment {
    pub call: Call,
    pub answer: Answer,
    pub shown: Shown,
    /// Who waits natively, and was not granted anything yet.
    pub waiting: BTreeSet<Step>,
}

impl Moment {
    pub const fn new(call: Call, answer: Answer, shown: Shown) -> Self {
        Self { call, answer, shown, waiting: BTreeSet::new() }
    }

    /// The claim that was granted, and its grant.
    pub const fn granted(&self) -> Option<(&SlotClaim, &Grant)> {
        match (&self.call, &self.answer) {
            (Call::Claim { claim, .. }, Answer::Claim(ClaimStatus::Claimed(grant))) => Some((claim, grant)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct History {
    /// Before the first call.
    pub start: Shown,
    pub moments: Vec<Moment>,
}
