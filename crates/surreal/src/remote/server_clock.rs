//! The server's clock, which all processes share.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::Context;
use tokio::time::Instant;

use super::session::Session;

/// A request that the server gets later than this before the deadline of its caller does nothing. Less for short deadlines.
pub const MARGIN: Duration = Duration::from_millis(200);
/// How long the server's clock is trusted to go like ours.
const TRUST: Duration = Duration::from_mins(1);

pub struct ServerClock {
    session: Arc<Session>,
    context: Arc<Context>,
    /// The server's time in microseconds, and when it was heard. Counted from then it is never ahead.
    heard: Mutex<Option<Heard>>,
}

#[derive(Clone, Copy)]
struct Heard {
    at: Instant,
    micros: i64,
    is_doubtful: bool,
}

impl Heard {
    fn micros_at(&self, now: Instant) -> i64 {
        self.micros + micros_of(now.saturating_duration_since(self.at))
    }

    fn is_trusted(&self, now: Instant) -> bool {
        !self.is_doubtful && now.saturating_duration_since(self.at) < TRUST
    }

    /// The server's time is after this one, perhaps by far: its clock may have been set.
    fn passed(&mut self, micros: i64, now: Instant) {
        self.micros += (micros - self.micros_at(now)).max(0);
        self.is_doubtful = true;
    }
}

impl ServerClock {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Self {
        Self { session, context, heard: Mutex::default() }
    }

    /// The server's time, asked for once a minute: neither clock need go right for longer.
    pub async fn micros(&self, deadline: Instant) -> Result<i64> {
        let known = *self.heard.lock();
        let now = Instant::now();
        if let Some(heard) = known.filter(|heard| heard.is_trusted(now)) {
            return Ok(heard.micros_at(now));
        }
        let (micros, error) = self.session.time(deadline).await?;
        *self.heard.lock() = Some(Heard { at: Instant::now(), micros, is_doubtful: false });
        self.context.set_time(micros, micros_of(error));
        Ok(micros)
    }

    /// The server's time as far as it is known, or None. It follows a clock that was set back, unlike the store's time.
    pub fn known_micros(&self) -> Option<i64> {
        let known = *self.heard.lock();
        known.map(|heard| heard.micros_at(Instant::now()))
    }

    /// The last time, in microseconds, at which a request with this deadline may take effect.
    pub async fn until(&self, deadline: Instant) -> Result<i64> {
        let now = self.micros(deadline).await?;
        let left = deadline.saturating_duration_since(Instant::now());
        Ok(now.saturating_add(micros_of(left.saturating_sub(self.margin()))))
    }

    pub fn margin(&self) -> Duration {
        MARGIN.min(self.session.timeout() / 4)
    }

    /// The server's time is after this one, in microseconds. It is asked for again before the next commit, and what is known
    /// until then counts: without it no call of another process would be late.
    pub fn passed(&self, micros: i64) {
        if let Some(heard) = self.heard.lock().as_mut() {
            heard.passed(micros, Instant::now());
        }
    }
}

pub fn micros_of(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_over_is_over() {
        let now = Instant::now();
        let mut heard = Heard { at: now, micros: 1000, is_doubtful: false };
        let later = now + Duration::from_micros(500);
        heard.passed(3000, later);
        assert_eq!((heard.micros_at(later), heard.is_trusted(later)), (3000, false));
        heard.passed(2000, later);
        assert_eq!(heard.micros_at(later), 3000);
    }
}
