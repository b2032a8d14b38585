//! A claim and its result as rows, for the process that decides on pools for all.

use compact_str::CompactString;

use super::super::model::{BlockReason, ClaimStatus, Grant, PoolBlock};
use super::super::rows::{PoolId, StepId};
use super::claim::{ClaimRequest, Claimed, Mode, claim_slots};
use crate::error::{Error, Result};
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Row, Tx};

impl Portable for ClaimRequest {
    const NAME: &'static str = "claim";
    type Answer = Claimed;

    fn until(&self) -> Option<i64> {
        self.until
    }

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<Claimed>> {
        Box::pin(claim_slots(tx, request))
    }
}

impl Message for ClaimRequest {
    fn to_row(&self) -> Row {
        let Self { location, step, pools, priority, lease_ms, attempt, wait_ttl_ms, mode, events, until: _ } = self;
        let row = Row::new()
            .with("location", location.clone())
            .with("run", step.run.clone())
            .with("step", step.step.clone())
            .with("pools", triples(pools))
            .with("priority", *priority)
            .with("lease_ms", *lease_ms)
            .with("attempt", attempt.as_str())
            .with("wait_ttl_ms", *wait_ttl_ms)
            .with("events", *events);
        match mode {
            Mode::Polling => row.with("mode", "polling"),
            Mode::Entering { process, shared } => {
                row.with("mode", "entering").with("process", process.clone()).with("shared", *shared)
            }
            Mode::Staying => row.with("mode", "staying"),
            Mode::Granting => row.with("mode", "granting"),
        }
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let mode = match row.take::<String>("mode")?.as_str() {
            "entering" => Mode::Entering { process: row.take("process")?, shared: row.take("shared")? },
            "staying" => Mode::Staying,
            "granting" => Mode::Granting,
            "polling" => Mode::Polling,
            other => return Err(Error::internal(format!("a claim in the mode '{other}'"))),
        };
        Ok(Self {
            location: row.take("location")?,
            step: StepId { run: row.take("run")?, step: row.take("step")? },
            pools: from_triples(row.take("pools")?),
            priority: row.take("priority")?,
            lease_ms: row.take("lease_ms")?,
            attempt: row.take("attempt")?,
            wait_ttl_ms: row.take("wait_ttl_ms")?,
            mode,
            events: row.take("events")?,
            until: None,
        })
    }
}

impl Message for Claimed {
    fn to_row(&self) -> Row {
        let row = match &self.status {
            ClaimStatus::Claimed(Grant { token, expires_at }) => {
                Row::new().with("token", *token).with("expires_at", *expires_at)
            }
            ClaimStatus::Pending { position, reason: BlockReason { pools, unsatisfiable, reserved } } => {
                let blocks: Vec<_> =
                    pools.iter().map(|block| (block.pool_key.clone(), block.claimed, block.limit)).collect();
                Row::new()
                    .with("position", i64::try_from(*position).unwrap_or(i64::MAX))
                    .with("blocks", blocks)
                    .with("unsatisfiable", *unsatisfiable)
                    .with("reserved", *reserved)
            }
        };
        let reserved_by: Vec<_> = self.reserved_by.iter().map(|id| (id.location.clone(), id.pool.clone())).collect();
        row.with("reserved_by", reserved_by)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let status = match row.take("token")? {
            Some(token) => ClaimStatus::Claimed(Grant { token, expires_at: row.take("expires_at")? }),
            None => {
                let blocks: Vec<(String, i64, i64)> = row.take("blocks")?;
                let block = |(pool_key, claimed, limit)| PoolBlock { pool_key, claimed, limit };
                ClaimStatus::Pending {
                    position: usize::try_from(row.take::<i64>("position")?).unwrap_or_default(),
                    reason: BlockReason {
                        pools: blocks.into_iter().map(block).collect(),
                        unsatisfiable: row.take("unsatisfiable")?,
                        reserved: row.take("reserved")?,
                    },
                }
            }
        };
        let reserved_by: Vec<(CompactString, CompactString)> = row.take("reserved_by")?;
        let reserved_by = reserved_by.into_iter().map(|(location, pool)| PoolId { location, pool }).collect();
        Ok(Self { status, reserved_by })
    }
}

fn triples(pools: &[(PoolId, i64)]) -> Vec<(CompactString, CompactString, i64)> {
    pools.iter().map(|(id, slots)| (id.location.clone(), id.pool.clone(), *slots)).collect()
}

fn from_triples(pools: Vec<(CompactString, CompactString, i64)>) -> Vec<(PoolId, i64)> {
    pools.into_iter().map(|(location, pool, slots)| (PoolId { location, pool }, slots)).collect()
}
