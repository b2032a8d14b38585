//! A promise, seen from the side that keeps it.

use std::ptr;

use napi::{Env, sys};

use super::value::{Js, Thrown, check};

/// Settled once, on the thread of its environment; until then it may wait anywhere.
pub struct Deferred(sys::napi_deferred);

// SAFETY: only `resolve` and `reject` look into it, and they need an `Env`, which never leaves its
// thread.
unsafe impl Send for Deferred {}

impl Deferred {
    pub fn new(env: &Env) -> Result<(Self, Js<'_>), Thrown<'_>> {
        let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
        check(env.raw(), unsafe { sys::napi_create_promise(env.raw(), &raw mut deferred, &raw mut promise) })?;
        // SAFETY: just made by this environment.
        Ok((Self(deferred), unsafe { Js::from_raw(env.raw(), promise) }))
    }

    pub fn resolve(self, env: &Env, value: Js<'_>) {
        unsafe { sys::napi_resolve_deferred(env.raw(), self.0, value.raw()) };
    }

    pub fn reject(self, env: &Env, reason: Js<'_>) {
        unsafe { sys::napi_reject_deferred(env.raw(), self.0, reason.raw()) };
    }
}
