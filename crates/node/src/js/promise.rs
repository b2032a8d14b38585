//! A promise, seen from the side that settles it.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use napi::{Env, sys};

use super::value::{Js, JsResult, check};

/// Settles a promise once, on the thread of its environment.
pub struct Deferred(sys::napi_deferred);

// SAFETY: other threads only move it: settling needs an `Env`, which exists on its environment's thread only. A deferred
// comes back to that thread in a job of the same environment's mailbox (`call::promise`).
unsafe impl Send for Deferred {}

impl Deferred {
    pub fn new(env: &Env) -> JsResult<'_, (Self, Js<'_>)> {
        let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: `env` is live, see the module above; the results are locals.
        check(env.raw(), unsafe { sys::napi_create_promise(env.raw(), &raw mut deferred, &raw mut promise) })?;
        // SAFETY: N-API has put the promise into the current scope of `env`.
        Ok((Self(deferred), unsafe { Js::from_raw(env.raw(), promise) }))
    }

    pub fn resolve(self, env: &Env, value: Js<'_>) {
        // SAFETY: the deferred is taken, so it settles once, which frees it; the handle is valid, see `Js`.
        unsafe { sys::napi_resolve_deferred(env.raw(), self.0, value.raw()) };
    }

    pub fn reject(self, env: &Env, reason: Js<'_>) {
        // SAFETY: as in `resolve`.
        unsafe { sys::napi_reject_deferred(env.raw(), self.0, reason.raw()) };
    }

    /// Rejects with an error that is made in a microtask. Only there does V8 know which async functions wait for the
    /// promise, and adds them to the error's stack.
    pub fn reject_with(self, env: &Env, make: impl FnOnce(&Env) -> JsResult<'_> + 'static) {
        let make: Rc<MakeError> = Rc::new(Cell::new(Some(Box::new(make))));
        match Microtask::new(env, Rc::clone(&make)) {
            // In this order: the promise has to wait for `outcome` before the microtask runs.
            Ok(Microtask { start, started, outcome }) => {
                self.resolve(env, outcome);
                start.resolve(env, started);
            }
            Err(_) => {
                if let Some(Ok(reason)) = make.take().map(|make| make(env)) {
                    self.reject(env, reason);
                }
            }
        }
    }
}

/// Taken by the microtask, or by `reject_with` if there can be none.
type MakeError = Cell<Option<Box<dyn FnOnce(&Env) -> JsResult<'_>>>>;

/// A microtask that throws an error.
struct Microtask<'e> {
    /// Resolving it with `started` queues the microtask.
    start: Deferred,
    started: Js<'e>,
    /// A promise that rejects with the error.
    outcome: Js<'e>,
}

impl<'e> Microtask<'e> {
    fn new(env: &'e Env, make: Rc<MakeError>) -> JsResult<'e, Self> {
        let (start, promise) = Deferred::new(env)?;
        let outcome = promise.field(c"then")?.call(promise, [throwing_function(env, make)?])?;
        Ok(Self { start, started: Js::undefined(env)?, outcome })
    }
}

/// A JavaScript function that throws the error.
fn throwing_function(env: &Env, make: Rc<MakeError>) -> JsResult<'_> {
    let (raw, data) = (env.raw(), Rc::into_raw(make).cast_mut().cast::<c_void>());
    let mut function = ptr::null_mut();
    // SAFETY: `env` is live, see the module above; `data` is a share that `throw` and `finalize` expect.
    let made = unsafe { sys::napi_create_function(raw, ptr::null(), 0, Some(throw), data, &raw mut function) };
    check(raw, made)?;
    // SAFETY: as above, for a function that is in the current scope. If it fails, the share is leaked, not dropped early.
    let owned =
        unsafe { sys::napi_add_finalizer(raw, function, data, Some(finalize), ptr::null_mut(), ptr::null_mut()) };
    check(raw, owned)?;
    // SAFETY: N-API has put the function into the current scope of `env`.
    Ok(unsafe { Js::from_raw(raw, function) })
}

unsafe extern "C" fn throw(raw: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut::<c_void>();
    // SAFETY: both arguments are those of the current call; the result is a local, and N-API leaves out null ones.
    unsafe { sys::napi_get_cb_info(raw, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &raw mut data) };
    let env = Env::from_raw(raw);
    // SAFETY: the share of the function that is being called, which `finalize` drops after the function is collected.
    let make = unsafe { &*data.cast_const().cast::<MakeError>() };
    if let Some(Ok(reason)) = make.take().map(|make| make(&env)) {
        reason.throw(&env);
    }
    ptr::null_mut()
}

unsafe extern "C" fn finalize(_: sys::napi_env, make: *mut c_void, _: *mut c_void) {
    // SAFETY: N-API calls it once, on the environment's thread (an `Rc` must not leave it), with the function's share.
    drop(unsafe { Rc::from_raw(make.cast_const().cast::<MakeError>()) });
}
