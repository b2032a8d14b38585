//! Moves a manual clock, from one due time to the next.

use super::super::rows::{PoolId, all_pools};
use super::dispatcher::next_expiry;
use super::wait_scope::WaitScope;
use crate::error::{Code, Error, Result};
use crate::records::Direction;

impl WaitScope {
    /// Moves the clock by `by_ms` milliseconds. Stops at every due time: first leases are renewed, then slots and queue
    /// entries expire, then waits are granted, then waits time out. Fails with `Code::InvalidArg` if the clock is not
    /// manual.
    pub async fn advance_time(&self, by_ms: i64) -> Result<()> {
        let (records, service) = (self.store().records(), self.service());
        let clock = &records.context().clock;
        if !clock.is_manual() {
            return Err(Error::new(Code::InvalidArg, "advanceTime: the clock of this storage is not manual"));
        }
        let (dispatcher, keep_alives) = (service.dispatcher(), service.keep_alives());
        let target = clock.now().saturating_add(by_ms);
        loop {
            let now = clock.now();
            keep_alives.act(now).await;
            dispatcher.serve(records, true).await;
            while dispatcher.time_out(now).await {
                dispatcher.serve(records, true).await;
            }
            service.clock_moved();
            let renewal = keep_alives.next_due().filter(|due| *due > now);
            let due =
                [renewal, self.next_expiry(now).await?, dispatcher.next_deadline(now)].into_iter().flatten().min();
            let next = due.unwrap_or(i64::MAX).min(target);
            if next <= now {
                return Ok(());
            }
            clock.not_before(next * 1000);
        }
    }

    /// When the next lease or queue entry of the store expires, after `now`.
    async fn next_expiry(&self, now: i64) -> Result<Option<i64>> {
        let view = self.store().view().await?;
        let mut next = None;
        for row in view.scan(&all_pools(), Direction::Forward, usize::MAX).await? {
            let expiry = next_expiry(view.as_ref(), &PoolId::from_row(row)?, now).await?;
            next = next.into_iter().chain(expiry).min();
        }
        Ok(next)
    }
}
