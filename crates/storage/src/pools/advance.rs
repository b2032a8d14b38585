//! Moving a manual clock, moment by moment.

use super::rows::end_from;
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Range, Table};
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
            self.waiters().act().await;
            self.ticked().notify_waiters();
            let due = self.keepers().next_due().filter(|due| *due > now);
            let due = [due, self.next_end(now).await?, self.waiters().next_deadline(now)].into_iter().flatten().min();
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
        let mut next: Option<i64> = None;
        for table in [Table::Slot, Table::PlaceEnd] {
            for row in view.scan(&Range::under(key!(table)), Direction::Forward, usize::MAX).await? {
                let (_, end) = end_from(row)?;
                if end > now && next.is_none_or(|next| end < next) {
                    next = Some(end);
                }
            }
        }
        Ok(next)
    }
}
