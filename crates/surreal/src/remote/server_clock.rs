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
    /// When the server's time was heard, and that time in microseconds. Counted from then it is never ahead.
    heard: Mutex<Option<(Instant, i64)>>,
}

impl ServerClock {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Self {
        Self { session, context, heard: Mutex::default() }
    }

    /// The server's time, asked for once a minute: neither clock need go right for longer.
    pub async fn micros(&self, deadline: Instant) -> Result<i64> {
        let known = *self.heard.lock();
        if let Some((heard, micros)) = known.filter(|(heard, _)| heard.elapsed() < TRUST) {
            return Ok(micros + micros_of(heard.elapsed()));
        }
        let (micros, error) = self.session.time(deadline).await?;
        *self.heard.lock() = Some((Instant::now(), micros));
        self.context.set_time(micros, micros_of(error));
        Ok(micros)
    }

    /// The server's time as far as it is known, or None. It follows a clock that was set back, unlike the store's time.
    pub fn known_micros(&self) -> Option<i64> {
        let known = *self.heard.lock();
        known.map(|(heard, micros)| micros + micros_of(heard.elapsed()))
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

    /// The server's time is after this one. Ours may be behind, if the server's answer to it took long.
    pub fn passed(&self, micros: i64) {
        if let Some((heard, at)) = self.heard.lock().as_mut() {
            *at = micros.saturating_sub(micros_of(heard.elapsed())).max(*at);
        }
    }
}

pub fn micros_of(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2)
}
