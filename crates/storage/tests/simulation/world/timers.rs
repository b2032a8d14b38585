//! Sleeping by the store's clock. Only the process moves it, when all tasks are idle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

#[derive(Clone, Default)]
pub struct Timers(Arc<Mutex<Sleepers>>);

#[derive(Default)]
struct Sleepers {
    last: u64,
    /// By the time at which each is due, then by its number.
    by_time: BTreeMap<(i64, u64), oneshot::Sender<()>>,
}

impl Timers {
    pub async fn until(&self, time: i64) {
        let (wake, woken) = oneshot::channel();
        {
            let mut sleepers = self.lock();
            sleepers.last += 1;
            let number = sleepers.last;
            sleepers.by_time.insert((time, number), wake);
        }
        // A timer is dropped when its process has ended.
        if woken.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<i64> {
        let mut sleepers = self.lock();
        sleepers.by_time.retain(|_, sleeper| !sleeper.is_closed());
        sleepers.by_time.keys().next().map(|(time, _)| *time)
    }

    pub fn wake(&self, now: i64) {
        let mut sleepers = self.lock();
        let later = sleepers.by_time.split_off(&(now + 1, 0));
        let due = std::mem::replace(&mut sleepers.by_time, later);
        drop(sleepers);
        for (_, sleeper) in due {
            // The receiver may have been dropped.
            let _ = sleeper.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sleepers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
