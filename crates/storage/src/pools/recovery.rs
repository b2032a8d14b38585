//! What an opening of the store restores: its time, its tokens, and queues without the entries of processes that
//! are gone.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::pool_tx::PoolTx;
use super::rows::{
    Lease, PROCESS_LIFE_MS, Waiter, all_leases, all_pools, all_processes, all_waiters, process_from, process_key,
    process_row, silent,
};
use crate::error::Result;
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Direction, Row, Scan, Tx};
use crate::store::Store;

/// A process that was not seen for this long no longer waits.
const SILENCE_MS: i64 = 10_000;

/// Which processes no longer wait.
#[derive(Clone, Debug)]
pub enum Gone {
    /// All but this one: the store has one owner.
    AllBut(CompactString),
    /// These processes. They have left the queues in which they were before this time, in milliseconds.
    These(BTreeSet<CompactString>, i64),
}

impl Gone {
    fn includes(&self, process: &str) -> bool {
        match self {
            Self::AllBut(own) => process != own,
            Self::These(gone, _) => gone.contains(process),
        }
    }

    /// A native wait without a process was stored by a version that did not store processes.
    fn includes_wait(&self, waiter: &Waiter) -> bool {
        // A process that was not seen for long, because it did not wait, may have begun to wait now.
        if matches!(self, Self::These(_, since) if waiter.rank.since_micros >= since.saturating_mul(1000)) {
            return false;
        }
        match &waiter.process {
            Some(process) => self.includes(process),
            None => waiter.until >= PROCESS_LIFE_MS,
        }
    }
}

/// Restores time and tokens, removes the queue entries of processes that are gone, and stores a row of this process.
pub async fn recover(store: &Store, process: &CompactString, gone: Gone) -> Result<()> {
    resume_time(store).await?;
    let highest_token = store
        .transact((process.clone(), gone), |tx, (process, gone)| {
            Box::pin(async move {
                let scans = [all_processes(), all_waiters(), all_pools()].map(Scan::all);
                let mut found = tx.scan_many(&scans).await?.into_iter();
                let mut next = || found.next().unwrap_or_default();
                let (processes, waiters, pools) = (next(), next(), next());
                remove_gone(tx, gone, processes, waiters).await?;
                tx.set(process_key(process), process_row(process, tx.now(), None));
                highest_token(pools)
            })
        })
        .await?;
    store.records().context().continue_tokens(highest_token);
    Ok(())
}

/// Removes the queue entries of processes that are gone, and their rows.
async fn remove_gone(tx: &mut Tx<'_>, gone: &Gone, processes: Vec<Row>, waiters: Vec<Row>) -> Result<()> {
    for row in processes {
        let process = process_from(row)?;
        if gone.includes(&process) {
            tx.delete(process_key(&process));
        }
    }
    let waiters: Vec<Waiter> = waiters.into_iter().map(Waiter::from_row).collect::<Result<_>>()?;
    let mut pool_tx = PoolTx::new(tx);
    for waiter in waiters.iter().filter(|waiter| gone.includes_wait(waiter)) {
        pool_tx.remove_waiter(waiter).await?;
    }
    pool_tx.finish();
    Ok(())
}

fn highest_token(pools: Vec<Row>) -> Result<i64> {
    let mut highest = 0;
    for mut row in pools {
        highest = highest.max(row.take::<i64>("last_token")?);
    }
    Ok(highest)
}

/// A process that crashed left no time in the stamp of the store. The time must not be before the last claim or
/// renewal of a lease, nor before the last entry into a queue. So the order of the queue stays, and no lease lasts longer
/// than its duration from now, even if the wall clock was set back.
async fn resume_time(store: &Store) -> Result<()> {
    let view = store.view().await?;
    let mut newest_micros = 0;
    let mut found = view.scan_many(&[all_leases(), all_waiters()].map(Scan::all)).await?.into_iter();
    for row in found.next().unwrap_or_default() {
        let Lease { claimed_at, expires_at, duration, .. } = Lease::from_row(row)?;
        newest_micros = newest_micros.max(claimed_at.max(expires_at.saturating_sub(duration)).saturating_mul(1000));
    }
    for row in found.next().unwrap_or_default() {
        newest_micros = newest_micros.max(Waiter::from_row(row)?.rank.since_micros);
    }
    store.records().context().clock.not_before(newest_micros);
    Ok(())
}

/// For a process of a store that several have open: stores that it was seen. With `others`, removes the queue entries of
/// processes that were not seen for long.
pub async fn beat(store: &Store, process: &CompactString, opened_at: i64, others: bool) -> Result<()> {
    let request = (process.clone(), opened_at);
    store
        .transact(request, |tx, (process, opened_at)| {
            Box::pin(async move {
                let now = tx.now();
                tx.set(process_key(process), process_row(process, *opened_at, Some(now)));
                Ok(())
            })
        })
        .await?;
    if !others {
        return Ok(());
    }
    let since = store.now() - SILENCE_MS;
    let processes = store.view().await?.scan(&all_processes(), Direction::Forward, usize::MAX).await?;
    let waiters = store.records().glance().await?.scan(&all_waiters(), Direction::Forward, usize::MAX).await?;
    let mut gone = unseen(&processes, waiters, since)?;
    gone.extend(silent(processes, since)?);
    if gone.is_empty() {
        return Ok(());
    }
    store.transact_portable(RemoveSilentRequest { processes: gone.into_iter().collect(), since }).await
}

/// Removes these processes from the queues, unless they were seen since.
pub(crate) struct RemoveSilentRequest {
    processes: Vec<CompactString>,
    since: i64,
}

async fn remove_silent(tx: &mut Tx<'_>, RemoveSilentRequest { processes, since }: &RemoveSilentRequest) -> Result<()> {
    // By key, so that the commit fails if one of them was seen again.
    let keys: Vec<_> = processes.iter().map(|process| process_key(process)).collect();
    let rows: Vec<Row> = tx.get_many(&keys).await?.into_iter().flatten().collect();
    let waiters = tx.scan(&all_waiters(), Direction::Forward, usize::MAX).await?;
    let mut still_gone = silent(rows.clone(), *since)?;
    let unseen = unseen(&rows, waiters.clone(), *since)?;
    still_gone.extend(unseen.into_iter().filter(|process| processes.contains(process)));
    remove_gone(tx, &Gone::These(still_gone, *since), rows, waiters).await
}

impl Portable for RemoveSilentRequest {
    const NAME: &'static str = "remove_silent";
    type Answer = ();

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<()>> {
        Box::pin(remove_silent(tx, request))
    }
}

impl Message for RemoveSilentRequest {
    fn to_row(&self) -> Row {
        Row::new().with("processes", &self.processes).with("since", self.since)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { processes: row.take("processes")?, since: row.take("since")? })
    }
}

/// The processes that have waited since before `since` and have no row. Each gets one soon after it begins to wait.
fn unseen(processes: &[Row], waiters: Vec<Row>, since: i64) -> Result<BTreeSet<CompactString>> {
    let seen: BTreeSet<&str> = processes.iter().filter_map(|row| row.text("process")).collect();
    let mut unseen = BTreeSet::new();
    for row in waiters {
        let Waiter { process, rank, .. } = Waiter::from_row(row)?;
        unseen.extend(process.filter(|process| rank.since_micros < since * 1000 && !seen.contains(process.as_str())));
    }
    Ok(unseen)
}

/// Removes the row of this process, before it closes the store.
pub fn leave(tx: &mut Tx<'_>, process: &str) {
    tx.delete(process_key(process));
}
