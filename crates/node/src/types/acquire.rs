//! Waiting for a lease.

use rivers_storage_node_macros::input;

use crate::from_js::{Converted, Duration, FromJs, ValuePath, refused};
use crate::js::{Js, Kind};

/// What the TypeScript layer listens to.
pub struct AbortSignal;

impl FromJs for AbortSignal {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        let is_signal = js.kind() == Kind::Object
            && matches!(js.field(c"aborted"), Ok(aborted) if aborted.kind() == Kind::Boolean)
            && matches!(js.field(c"addEventListener"), Ok(listen) if listen.kind() == Kind::Function);
        if is_signal { Ok(Self) } else { Err(refused(js, path, "an AbortSignal")) }
    }
}

/// How to wait for slots, and how to keep the lease.
#[input]
pub struct AcquireOptions {
    /// Ends the wait when it aborts: the call rejects with the signal's reason.
    #[expect(dead_code, reason = "the TypeScript layer uses it; here it is only checked")]
    pub signal: Option<AbortSignal>,
    /// How long to wait before the call fails with ERR_TIMEOUT. Default: no limit.
    pub timeout: Option<Duration>,
    /// Whether the lease is renewed, on a native thread, at a third of its duration. Default true.
    pub renew: Option<bool>,
    /// Whether to store the step's `StepSlotWaiting`, `StepSlotClaimed`, `StepSlotRenewed` and `StepSlotReleased`
    /// events, each in the transaction of the change that it reports. Default false.
    pub events: Option<bool>,
}
