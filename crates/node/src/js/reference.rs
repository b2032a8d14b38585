//! A JavaScript value that is kept alive between calls.

use std::ptr;

use napi::{Env, sys};

use super::value::{Js, JsResult, check};

/// Keeps its value alive until `delete`, or until the environment goes.
pub(super) struct Reference(sys::napi_ref);

// SAFETY: other threads only move it: reading and deleting need an `Env`, which exists on its environment's thread only.
// The owners (`Environment`, `Callback`) use it in the environment that made it.
unsafe impl Send for Reference {}

impl Reference {
    pub fn new<'e>(env: &'e Env, value: Js<'e>) -> JsResult<'e, Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        let status = unsafe { sys::napi_create_reference(env.raw(), value.raw(), 1, &raw mut reference) };
        check(env.raw(), status).map(|()| Self(reference))
    }

    pub fn get<'e>(&self, env: &'e Env) -> JsResult<'e> {
        let mut value = ptr::null_mut();
        // SAFETY: only `delete` frees the reference, and it takes it; the result is a local.
        check(env.raw(), unsafe { sys::napi_get_reference_value(env.raw(), self.0, &raw mut value) })?;
        // SAFETY: N-API has put the value, which the reference keeps alive, into the current scope of `env`.
        Ok(unsafe { Js::from_raw(env.raw(), value) })
    }

    pub fn delete(self, env: &Env) {
        // SAFETY: it is taken, so it is deleted once and not used again.
        unsafe { sys::napi_delete_reference(env.raw(), self.0) };
    }
}
