//! Waiting for slots, and the lease that holds them. The TypeScript layer adds what needs JavaScript's own objects: signals,
//! and the function that works under a lease.

use std::sync::Arc;

use napi::Env;
use napi_derive::napi;
use rivers_storage::Result;
use rivers_storage::gate::Gate;
use rivers_storage::pools::{self, Acquire};

use crate::call::{self, Prepared};
use crate::call_abort::CallAbort;
use crate::errors::Failure;
use crate::from_js::{FromJs, ValuePath};
use crate::js::{Callback, Js, JsResult, typed};
use crate::lifecycle::{enter_elsewhere, environment};
use crate::open::Open;
use crate::storage::Storage;
use crate::to_js::ToJs;
use crate::types::{AcquireOptions, LeaseRef, SlotClaim};

/// `acquireSlots` without the signals, which the TypeScript layer adds.
#[napi]
pub fn acquire(
    env: &Env,
    storage: &Storage,
    #[napi(ts_arg_type = "SlotClaim & AcquireOptions")] claim: typed::Arc<SlotClaim>,
    abort: &CallAbort,
) -> typed::Promise<SlotLease> {
    call::promise(env, || {
        let path = ValuePath::Argument("claim");
        let options = AcquireOptions::from_js(claim.js(), &path)?;
        let request = Acquire {
            claim: SlotClaim::from_js(claim.js(), &path)?.into(),
            timeout_ms: options.timeout.map(|timeout| timeout.millis),
            renew: options.renew.unwrap_or(true),
            events: options.events.unwrap_or(false),
        };
        let entered = storage.enter()?;
        let (shared, abort) = (Arc::clone(storage.shared()), abort.token());
        let runs_inline = entered.runs_inline();
        let future = async move {
            let lease = entered.scope().acquire_slots(request, abort).await?;
            let gate = Arc::clone(shared.gate());
            lease.needs(shared);
            Ok(SlotLease { lease, gate })
        };
        Ok(Prepared { future, runs_inline })
    })
}

/// A granted claim. The lease is renewed until it is released or lost. Declare it with `await using`, or let
/// `withSlots` hold it.
///
/// The lease keeps its storage open until it is released or lost. A lease that is garbage collected is no longer
/// renewed, and its slots are free when it expires. Reading `signal` keeps the lease until it is released or lost.
#[napi]
pub struct SlotLease {
    lease: pools::SlotLease,
    gate: Arc<Gate<Open>>,
}

#[napi]
impl SlotLease {
    /// The run that holds the slots.
    #[napi(getter)]
    pub fn run_id(&self, env: &Env) -> typed::Arc<String> {
        call::value(env, self.lease.grant().run_id.as_str())
    }

    /// The step that holds the slots.
    #[napi(getter)]
    pub fn step_key(&self, env: &Env) -> typed::Arc<String> {
        call::value(env, self.lease.grant().step_key.as_str())
    }

    /// Fencing token of the grant.
    #[napi(getter)]
    pub fn token(&self, env: &Env) -> typed::Arc<i64> {
        call::value(env, self.lease.grant().token)
    }

    /// When the lease expires, in milliseconds since the Unix epoch, as of the last confirmed renewal.
    #[napi(getter)]
    pub fn expires_at(&self, env: &Env) -> typed::Arc<i64> {
        call::value(env, self.lease.expires_at())
    }

    /// False once the lease is lost or released, even while the event loop is blocked.
    #[napi(getter)]
    pub fn live(&self, env: &Env) -> typed::Arc<bool> {
        call::value(env, self.lease.is_live())
    }

    /// Frees the slots. No-op if the lease is lost or released. After the storage was closed, it frees the slots if the
    /// same store is open elsewhere in this process, otherwise it does nothing.
    #[napi]
    pub fn release(&self, env: &Env) -> typed::Promise<typed::void> {
        call::promise(env, || Ok(self.releasing()))
    }

    /// Blocking form of {@link release}.
    #[napi]
    pub fn release_sync(&self, env: &Env) -> typed::Arc<typed::void> {
        call::sync(env, || Ok(self.releasing()))
    }

    /// The lease as a plain object, for the `lease` option of fenced calls in another thread or process.
    #[napi(js_name = "toJSON")]
    pub fn to_json(&self, env: &Env) -> typed::Arc<LeaseRef> {
        call::value(env, self.lease.grant())
    }

    /// Same as {@link release}, for `await using`.
    #[napi(well_known_symbol = "asyncDispose")]
    pub fn dispose_async(&self, env: &Env) -> typed::Promise<typed::void> {
        self.release(env)
    }

    /// Same as {@link releaseSync}, for `using`.
    #[napi(well_known_symbol = "dispose")]
    pub fn dispose(&self, env: &Env) -> typed::Arc<typed::void> {
        self.release_sync(env)
    }

    /// Frees the slots through the storage object of the lease; once that is closed, through another one on the same
    /// store. Either stays open until the slots are free.
    fn releasing(&self) -> Prepared<impl Future<Output = Result<()>> + Send + use<>> {
        let own = self.gate.enter().ok();
        let runs_inline = own.as_ref().is_some_and(|open| open.runs_inline());
        let other = if own.is_some() { None } else { enter_elsewhere(self.lease.store()) };
        let own = own.map(|open| (self.lease.release(), open));
        let other = other.map(|open| (self.lease.release_elsewhere(open.store()), open));
        let future = async move {
            if let Some((freed, _open)) = own {
                return freed.await;
            }
            if let Some((freed, _open)) = other {
                // A release after close does not fail: the slots are free at their expiry in any case.
                drop(freed.await);
            }
            Ok(())
        };
        Prepared { future, runs_inline }
    }
}

/// Calls `callback` once, with the reason, when the lease is lost.
#[napi]
pub fn on_lost(
    env: &Env,
    lease: &SlotLease,
    #[napi(ts_arg_type = "(reason: Error) => void")] callback: typed::Arc<typed::Unknown>,
) {
    let made = environment(env).and_then(|environment| Ok(Callback::new(env, callback.js(), &environment.mailbox)?));
    if let Ok(callback) = made {
        lease.lease.on_lost(Box::new(move |error| callback.call(move |env| Failure::from(error).into_js(env))));
    }
}

/// The ERR_LEASE_LOST error of a lost lease, with the error of the work as its cause, or null.
#[napi(ts_return_type = "Error | null")]
pub fn loss(
    env: &Env,
    lease: &SlotLease,
    #[napi(ts_arg_type = "unknown")] cause: typed::Option<typed::Unknown>,
) -> typed::Arc<typed::Unknown> {
    let lost = lease.lease.lost().map(|error| Failure::new(error, cause.provided()).into_js(env));
    typed::Arc::returned(lost.unwrap_or_else(|| Js::null(env)).ok())
}

impl ToJs for SlotLease {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::instance(env, self)
    }
}
