//! Grants to waits in the commit that frees what they wait for. On a server a commit costs milliseconds, and the grant by
//! one of its own would take another.
//!
//! Only the first waits of a queue are tried. The dispatcher (`waiting`), which hears of the commit, finds the others.

use std::collections::BTreeSet;

use super::super::changes::{Change, changes};
use super::super::decide::fits;
use super::super::rows::{Pool, PoolId, QueueEntry, StepId, Terms, Waiter, pool_key, queue_from, waiter_key};
use super::claim::{ClaimRequest, Mode};
use crate::error::Result;
use crate::operation::step;
use crate::records::{Direction, Key, Reads, Step, Write};

/// How many waits of a queue are tried.
const WAITS_OF_A_QUEUE: usize = 8;
/// How many waits are tried for one commit.
const WAITS_OF_A_COMMIT: usize = 64;

/// The pools that a group of transactions has changed, and the waits that were tried since.
#[derive(Default)]
pub struct HandOn {
    pools: BTreeSet<PoolId>,
    tried: BTreeSet<StepId>,
}

impl HandOn {
    /// To be called with the writes of each transaction.
    pub fn note(&mut self, writes: &[Write]) {
        self.pools.extend(changes(writes).filter_map(|change| match change {
            Change::Pool(pool) => Some(pool),
            _ => None,
        }));
    }

    /// The claim of the next wait to try, as a step that grants it if it can be granted now.
    pub async fn next(&mut self, reads: &dyn Reads) -> Result<Option<Box<dyn Step>>> {
        while let Some(pool) = self.pools.first().filter(|_| self.tried.len() < WAITS_OF_A_COMMIT).cloned() {
            if let Some((waiter, terms)) = self.first_that_fits(&pool, reads).await? {
                self.tried.insert(waiter.step.clone());
                return Ok(Some(step(ClaimRequest::of_waiter(waiter, terms))));
            }
            self.pools.remove(&pool);
        }
        Ok(None)
    }

    async fn first_that_fits(&self, id: &PoolId, reads: &dyn Reads) -> Result<Option<(Waiter, Terms)>> {
        let Some(pool) = pool(id, reads).await?.filter(|pool| pool.pending > 0 && pool.used < pool.limit) else {
            return Ok(None);
        };
        let entries = reads.scan(&queue_from(id, pool.head_hint), Direction::Forward, WAITS_OF_A_QUEUE).await?;
        for entry in entries {
            let QueueEntry { step, .. } = QueueEntry::from_row(entry)?;
            if self.tried.contains(&step) {
                continue;
            }
            let Some(row) = reads.get(&waiter_key(&step)).await? else { continue };
            let mut waiter = Waiter::from_row(row)?;
            // Without terms only the waiting process may grant it.
            let Some(terms) = waiter.terms.take() else { continue };
            if has_room(&waiter, reads).await? {
                return Ok(Some((waiter, terms)));
            }
        }
        Ok(None)
    }
}

async fn pool(id: &PoolId, reads: &dyn Reads) -> Result<Option<Pool>> {
    reads.get(&pool_key(id)).await?.map(|mut row| Pool::from_row(&mut row)).transpose()
}

async fn has_room(waiter: &Waiter, reads: &dyn Reads) -> Result<bool> {
    let (pools, slots): (Vec<Key>, Vec<i64>) = waiter.pool_ids().map(|(id, slots)| (pool_key(&id), slots)).unzip();
    for (row, slots) in reads.get_many(&pools).await?.into_iter().zip(slots) {
        let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
        if pool.is_none_or(|pool| !fits(pool.limit, pool.used, slots)) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl ClaimRequest {
    /// The claim of a wait, to be granted by the process that decides for all.
    fn of_waiter(waiter: Waiter, Terms { attempt, lease_ms, events }: Terms) -> Self {
        Self {
            pools: waiter.pool_ids().collect(),
            location: waiter.location,
            step: waiter.step,
            priority: -waiter.rank.minus_priority,
            lease_ms,
            attempt,
            wait_ttl_ms: 0,
            mode: Mode::Granting,
            events,
            until: None,
        }
    }
}
