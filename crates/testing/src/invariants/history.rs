//! A history of calls: what was asked of the pools, what was answered, and what is shown after it.

use std::collections::BTreeSet;
use std::fmt;

use rivers_storage::Code;
use rivers_storage::pools::{ClaimStatus, Grant, SlotClaim};

use super::shown::Shown;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepName {
    pub run: String,
    pub key: String,
}

impl StepName {
    pub fn new(run: &str, key: &str) -> Self {
        Self { run: run.to_owned(), key: key.to_owned() }
    }

    pub fn of(claim: &SlotClaim) -> Self {
        Self::new(&claim.run_id, &claim.step_key)
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolName {
    pub location: String,
    pub key: String,
}

impl PoolName {
    pub fn new(location: &str, key: &str) -> Self {
        Self { location: location.to_owned(), key: key.to_owned() }
    }
}

impl fmt::Debug for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.run, self.key)
    }
}

impl fmt::Debug for PoolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.location, self.key)
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
        step: StepName,
        token: Option<i64>,
    },
    FreeRun {
        run: String,
    },
    Renew {
        step: StepName,
        lease_ms: Option<i64>,
        token: Option<i64>,
    },
    /// A fenced write.
    Write {
        step: StepName,
        token: i64,
    },
    Sweep,
    Pass {
        ms: i64,
    },
    /// The process dies, and the next one opens the store.
    Restart,
    /// A native wait begins, is cancelled, or its lease is released.
    Native,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Done,
    Claim(ClaimStatus),
    /// Slots that were freed or renewed, or pools that were deleted.
    Count(usize),
    Refused(Code),
}

/// One call, its reply, and what is shown after it.
#[derive(Clone, Debug)]
pub struct Observation {
    pub call: Call,
    pub reply: Reply,
    pub shown: Shown,
    /// The steps whose native wait goes on.
    pub waiting: BTreeSet<StepName>,
}

impl Observation {
    pub const fn new(call: Call, reply: Reply, shown: Shown) -> Self {
        Self { call, reply, shown, waiting: BTreeSet::new() }
    }

    /// The claim that was granted, and its grant.
    pub const fn granted(&self) -> Option<(&SlotClaim, &Grant)> {
        match (&self.call, &self.reply) {
            (Call::Claim { claim, .. }, Reply::Claim(ClaimStatus::Claimed(grant))) => Some((claim, grant)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct History {
    /// Before the first call.
    pub start: Shown,
    pub observations: Vec<Observation>,
}
