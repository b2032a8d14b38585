//! Sleeping by the store's clock. Only the driver of a process moves it, when nobody can act.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

#[derive(Clone, Default)]
pub struct Timers(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    last: u64,
    /// By when they are due, then by who came first.
    sleepers: BTreeMap<(i64, u64), oneshot::Sender<()>>,
}

impl Timers {
    pub async fn until(&self, time: i64) {
        let (wake, woken) = oneshot::channel();
        {
            let mut inside = self.inside();
            inside.last += 1;
            let number = inside.last;
            inside.sleepers.insert((time, number), wake);
        }
        // A timer that is dropped belongs to a process that is gone.
        if woken.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<i64> {
        let mut inside = self.inside();
        inside.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        inside.sleepers.keys().next().map(|(time, _)| *time)
    }

    pub fn wake(&self, now: i64) {
        let mut inside = self.inside();
        let later = inside.sleepers.split_off(&(now + 1, 0));
        let due = std::mem::replace(&mut inside.sleepers, later);
        drop(inside);
        for (_, sleeper) in due {
            // Whoever went away meanwhile is woken by nobody.
            let _ = sleeper.send(());
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
