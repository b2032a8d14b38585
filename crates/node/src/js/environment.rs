//! What belongs to one JavaScript environment: the main thread's, or a worker's.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use napi::{Env, sys};

use super::mailbox::Mailbox;
use super::value::{Thrown, check};

/// Of one environment, with something of the caller's own.
pub struct Environment<T> {
    pub mailbox: Arc<Mailbox>,
    pub own: T,
}

impl<T: 'static> Environment<T> {
    /// Called once, when the environment loads the addon.
    pub fn set_up(env: &Env, own: T) -> Result<&Self, Thrown<'_>> {
        let mailbox = Mailbox::open(env)?;
        let data = Box::into_raw(Box::new(Self { mailbox, own }));
        let status = unsafe {
            sys::napi_set_instance_data(env.raw(), data.cast(), Some(let_go::<T>), ptr::null_mut())
        };
        if let Err(thrown) = check(env.raw(), status) {
            // SAFETY: nobody else got it.
            drop(unsafe { Box::from_raw(data) });
            return Err(thrown);
        }
        // Threads of ours run on when a worker's environment, and with it the addon, goes.
        napi::bindgen_prelude::retain_current_module_for_unload_safety();
        // SAFETY: lives until `let_go`, after everything that has an `Env`.
        Ok(unsafe { &*data })
    }

    pub fn of(env: &Env) -> Option<&Self> {
        let mut data = ptr::null_mut::<c_void>();
        unsafe { sys::napi_get_instance_data(env.raw(), &raw mut data) };
        // SAFETY: nobody but `set_up` sets it, for this one `T`, and it lives until `let_go`.
        unsafe { data.cast_const().cast::<Self>().as_ref() }
    }
}

unsafe extern "C" fn let_go<T>(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: called once, by the environment that goes.
    drop(unsafe { Box::from_raw(data.cast::<Environment<T>>()) });
}
