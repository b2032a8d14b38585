//! What belongs to one JavaScript environment: the main thread's, or a worker's.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};

use super::mailbox::Mailbox;
use super::script::Functions;
use super::value::{Thrown, check};

pub struct Environment {
    /// No other one of the process has it, or will.
    pub id: usize,
    pub mailbox: Arc<Mailbox>,
    pub(super) functions: Functions,
}

impl Environment {
    /// Called once, when the environment loads the addon.
    pub fn set_up(env: &Env) -> Result<&Self, Thrown<'_>> {
        static LAST_ID: AtomicUsize = AtomicUsize::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let data = Box::into_raw(Box::new(Self { id, mailbox: Mailbox::open(env)?, functions: Functions::default() }));
        let status = unsafe { sys::napi_set_instance_data(env.raw(), data.cast(), Some(let_go), ptr::null_mut()) };
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
        // SAFETY: nobody but `set_up` sets it, and it lives until `let_go`.
        unsafe { data.cast_const().cast::<Self>().as_ref() }
    }
}

unsafe extern "C" fn let_go(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: called once, by the environment that goes.
    drop(unsafe { Box::from_raw(data.cast::<Environment>()) });
}
