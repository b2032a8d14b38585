//! What belongs to one JavaScript environment: the main thread's, or a worker's.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};

use super::mailbox::Mailbox;
use super::script::Functions;
use super::value::{Js, Thrown, check};

pub struct Environment {
    /// No other one of the process has it, or will.
    pub id: usize,
    pub mailbox: Arc<Mailbox>,
    pub(super) functions: Functions,
    /// The `process` object of the code that loaded the package last.
    process: Cell<Option<sys::napi_ref>>,
}

impl Environment {
    /// Called once, when the environment loads the addon.
    pub fn set_up(env: &Env) -> Result<&Self, Thrown<'_>> {
        static LAST_ID: AtomicUsize = AtomicUsize::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let mailbox = Mailbox::open(env)?;
        let (functions, process) = (Functions::default(), Cell::new(None));
        let data = Box::into_raw(Box::new(Self { id, mailbox, functions, process }));
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

    /// From now on, variables are read from this object's `env`.
    pub fn set_process<'e>(&self, env: &'e Env, process: Js<'e>) -> Result<(), Thrown<'e>> {
        let mut reference = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_create_reference(env.raw(), process.raw(), 1, &raw mut reference) })?;
        if let Some(before) = self.process.replace(Some(reference)) {
            unsafe { sys::napi_delete_reference(env.raw(), before) };
        }
        Ok(())
    }

    pub(super) fn process<'e>(&self, env: &'e Env) -> Option<Js<'e>> {
        let mut process = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_get_reference_value(env.raw(), self.process.get()?, &raw mut process) })
            .ok()?;
        // SAFETY: the reference keeps the object alive.
        Some(unsafe { Js::from_raw(env.raw(), process) })
    }
}

unsafe extern "C" fn let_go(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: called once, by the environment that goes.
    drop(unsafe { Box::from_raw(data.cast::<Environment>()) });
}
