//! Moving a manual clock, moment by moment.

use super::room::next_end;
use super::rows::all_pools;
use super::sweep::pool_id;
use crate::error::{Error, Result};
use crate::records::Direction;
use crate::store::Store;

impl Store {
    /// Stops at every moment at which something is due: first leases are renewed, then what has ended
    /// is over, then those who wait are granted what is free, then they give up.
    pub async fn advance_time(&self, by_ms: i64) -> Result<()> {
        let clock = &self.records().context().clock;
        if !clock.is_manual() {
            return Err(Error::new(crate::Code::InvalidArg, "advanceTime: the clock of this storage is not manual"));
        }
        let target = clock.now().saturating_add(by_ms);
        loop {
            let now = clock.now();
            self.keepers().act(now).await;
            self.room().serve(self.records()).await;
            while self.room().time_out(now).await {
                self.room().serve(self.records()).await;
            }
            self.base().ticked();
            let due = self.keepers().next_due().filter(|due| *due > now);
            let due = [due, self.next_end(now).await?, self.room().next_deadline(now)].into_iter().flatten().min();
            let next = due.unwrap_or(i64::MAX).min(target);
            if next <= now {
                return Ok(());
            }
            clock.not_before(next * 1000);
        }
    }

    /// When the next lease or place in a queue ends, after `now`.
    async fn next_end(&self, now: i64) -> Result<Option<i64>> {
        let view = self.view().await?;
        let mut next = None;
        for row in view.scan(&all_pools(), Direction::Forward, usize::MAX).await? {
            next = next.into_iter().chain(next_end(view.as_ref(), &pool_id(row)?, now).await?).min();
        }
        Ok(next)
    }
}
