//! The abort of one call. The TypeScript layer connects it to a signal.

use napi_derive::napi;
use tokio_util::sync::CancellationToken;

/// Aborts one call: a wait for slots, or a query.
#[napi]
#[derive(Default)]
pub struct CallAbort {
    token: CancellationToken,
}

impl CallAbort {
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

#[napi]
impl CallAbort {
    /// For one call.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the call, which fails with ERR_CANCELLED.
    #[napi]
    pub fn abort(&self) {
        self.token.cancel();
    }
}
