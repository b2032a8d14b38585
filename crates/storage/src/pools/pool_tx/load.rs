//! Reading in few calls what a transaction needs: on a store that is on a server each call is a round trip.

use std::sync::Arc;

use super::super::rows::{Lease, Pool, PoolId, StepId, Waiter, lease_key, leases_of, pool_key, waiter_key, waiters_of};
use super::{PoolEntry, PoolTx};
use crate::error::Result;
use crate::records::{Key, Scan};

impl PoolTx<'_, '_> {
    /// Reads in one call the leases and waiters of the steps, and the pools, that this transaction has not read yet.
    pub async fn load<'i>(&mut self, steps: &[StepId], pools: impl Iterator<Item = &'i PoolId> + Send) -> Result<()> {
        let leases: Vec<&StepId> = steps.iter().filter(|step| !self.leases.contains_key(*step)).collect();
        let waiters: Vec<&StepId> = steps.iter().filter(|step| !self.waiters.contains_key(*step)).collect();
        let mut ids: Vec<&PoolId> = Vec::new();
        for id in pools {
            if !self.has_read(id) && !ids.contains(&id) {
                ids.push(id);
            }
        }
        let (lease_keys, waiter_keys) =
            (leases.iter().map(|step| lease_key(step)), waiters.iter().map(|step| waiter_key(step)));
        let keys: Vec<Key> = lease_keys.chain(waiter_keys).chain(ids.iter().map(|id| pool_key(id))).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut rows = self.tx.get_many(&keys).await?.into_iter();
        for step in leases {
            let lease = rows.next().flatten().map(Lease::from_row).transpose()?;
            self.leases.insert(step.clone(), lease.map(Arc::new));
        }
        for step in waiters {
            let waiter = rows.next().flatten().map(Waiter::from_row).transpose()?;
            self.waiters.insert(step.clone(), waiter.map(Arc::new));
        }
        for (id, row) in ids.into_iter().zip(rows) {
            let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
            self.pools.push(PoolEntry { id: id.clone(), pool, swept: false, changed: false });
        }
        Ok(())
    }

    /// Reads in one call all leases and waiters of the run, and in another one their pools. Returns the steps that
    /// hold, and those that wait.
    pub async fn load_run(&mut self, run_id: &str) -> Result<(Vec<StepId>, Vec<StepId>)> {
        let scans = [leases_of(run_id), waiters_of(run_id)].map(Scan::all);
        let mut found = self.tx.scan_many(&scans).await?.into_iter();
        let leases = found.next().unwrap_or_default().into_iter().map(Lease::from_row).collect::<Result<Vec<_>>>()?;
        let waiters = found.next().unwrap_or_default().into_iter().map(Waiter::from_row).collect::<Result<Vec<_>>>()?;
        let steps_of_leases: Vec<StepId> = leases.iter().map(|lease| lease.step.clone()).collect();
        let steps_of_waiters: Vec<StepId> = waiters.iter().map(|waiter| waiter.step.clone()).collect();
        let waited: Vec<PoolId> = waiters.iter().flat_map(|waiter| waiter.pool_ids().map(|(id, _)| id)).collect();
        let held: Vec<PoolId> = leases.iter().flat_map(|lease| lease.pools.iter().map(|(id, _)| id.clone())).collect();
        for step in &steps_of_leases {
            // The scan found every waiter of the run.
            self.waiters.entry(step.clone()).or_insert(None);
        }
        for lease in leases {
            self.leases.entry(lease.step.clone()).or_insert_with(|| Some(Arc::new(lease)));
        }
        for waiter in waiters {
            self.waiters.insert(waiter.step.clone(), Some(Arc::new(waiter)));
        }
        self.load(&[], held.iter().chain(&waited)).await?;
        Ok((steps_of_leases, steps_of_waiters))
    }

    pub(super) fn read_pool(&self, id: &PoolId) -> Option<&Pool> {
        self.pools.iter().find(|entry| entry.id == *id)?.pool.as_ref()
    }

    fn has_read(&self, id: &PoolId) -> bool {
        self.pools.iter().any(|entry| entry.id == *id)
    }
}
