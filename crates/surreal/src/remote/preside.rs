//! What a process does while it is elected.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::dead_processes::remove_rows_of_dead_processes;
use super::messages::CALLS;
use super::router::Router;

/// How often the elected process renews its election while others call, so that a busy server does not end it.
const RENEWAL: Duration = Duration::from_millis(500);
/// The same while nobody calls, in renewals.
const IDLE_RENEWAL: u32 = 2;
/// How often it removes the rows of processes that were killed.
const CLEAN_EVERY: Duration = Duration::from_mins(10);

/// While this process is elected: renews its election, and finds the calls that were not heard.
pub async fn preside(router: Weak<Router>) {
    let mut ticks = tokio::time::interval(RENEWAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut listens, mut count, mut since) = (false, 0, 0);
    let mut clean_at = Instant::now();
    loop {
        ticks.tick().await;
        // Not after it has resigned.
        let Some(router) = router.upgrade().filter(|router| !router.remote.session.is_closing()) else { return };
        since += 1;
        let is_idle = std::mem::replace(&mut count, router.calls_of_others.count()) == count;
        if listens && is_idle && since < IDLE_RENEWAL {
            continue;
        }
        since = 0;
        if !listens {
            listens = router.own_calls.listen().await.is_ok() && router.remote.session.listen(CALLS).await.is_ok();
            router.calls_of_others.read_pools().await;
        }
        drop(router.calls_of_others.find(router.deadline()).await);
        if clean_at <= Instant::now() {
            clean_at = Instant::now() + CLEAN_EVERY;
            drop(remove_rows_of_dead_processes(&router.remote).await);
        }
        if !router.remote.context.is_elected() {
            router.remote.session.stop_listening(CALLS).await;
            listens = false;
            router.presides.store(false, Ordering::SeqCst);
            // Elected again meanwhile, it found somebody who presided.
            if !router.remote.context.is_elected() || router.presides.swap(true, Ordering::SeqCst) {
                return;
            }
        }
    }
}
