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

/// How to wait for slots, and what becomes of the lease.
#[input]
pub struct AcquireOptions {
    /// Ends the wait, which rejects with the signal's own reason.
    #[expect(dead_code, reason = "the TypeScript layer uses it; here it is only checked")]
    pub signal: Option<AbortSignal>,
    /// ERR_TIMEOUT after this long. Default: none.
    pub timeout: Option<Duration>,
    /// False: nobody renews. Default true: renewed off the event loop, at a third of the lease.
    pub renew: Option<bool>,
    /// Whether the step's `StepSlotWaiting`, `StepSlotClaimed`, `StepSlotRenewed` and `StepSlotReleased` events are stored,
    /// each with what it tells of. Default false.
    pub events: Option<bool>,
}
