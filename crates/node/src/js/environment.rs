//! The state of one JavaScript environment: the main thread's or a worker's.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};

use super::mailbox::Mailbox;
use super::reference::Reference;
use super::script::Functions;
use super::value::{Js, JsResult, check};

pub struct Environment {
    /// Unique in the process, also after the environment is gone.
    pub id: usize,
    pub mailbox: Arc<Mailbox>,
    pub(super) functions: Functions,
    /// The `process` object of the code that loaded the package last.
    process: RefCell<Option<Reference>>,
}

impl Environment {
    /// Called once, when the environment loads the addon.
    pub fn set_up(env: &Env) -> JsResult<'_, &Self> {
        static LAST_ID: AtomicUsize = AtomicUsize::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let mailbox = Mailbox::open(env)?;
        let (functions, process) = (Functions::default(), RefCell::default());
        let data = Box::into_raw(Box::new(Self { id, mailbox, functions, process }));
        // SAFETY: `env` is live, see the module above; `data` is what `finalize` expects.
        let status = unsafe { sys::napi_set_instance_data(env.raw(), data.cast(), Some(finalize), ptr::null_mut()) };
        if let Err(thrown) = check(env.raw(), status) {
            // SAFETY: N-API refused it, so this is its only owner.
            drop(unsafe { Box::from_raw(data) });
            return Err(thrown);
        }
        // Threads of the addon run on when a worker's environment, and with it the addon, goes.
        napi::bindgen_prelude::retain_current_module_for_unload_safety();
        // SAFETY: N-API owns the box until `finalize`, when no `Env` of this environment is left.
        Ok(unsafe { &*data })
    }

    /// None in an environment that did not load the addon.
    pub fn of(env: &Env) -> Option<&Self> {
        let mut data = ptr::null_mut::<c_void>();
        // SAFETY: `env` is live, see the module above; the result is a local.
        unsafe { sys::napi_get_instance_data(env.raw(), &raw mut data) };
        // SAFETY: only `set_up` sets the data, and N-API owns the box until `finalize`, when no `Env` of this environment is
        // left. All its fields are used through `&self`.
        unsafe { data.cast_const().cast::<Self>().as_ref() }
    }

    /// Reads variables from this object's `env` from now on.
    pub fn set_process<'e>(&self, env: &'e Env, process: Js<'e>) -> JsResult<'e, ()> {
        let process = Reference::new(env, process)?;
        if let Some(previous) = self.process.replace(Some(process)) {
            previous.delete(env);
        }
        Ok(())
    }

    pub(super) fn process<'e>(&self, env: &'e Env) -> Option<Js<'e>> {
        self.process.borrow().as_ref()?.get(env).ok()
    }
}

unsafe extern "C" fn finalize(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: N-API calls it once, with the box of `set_up`, when the environment goes.
    drop(unsafe { Box::from_raw(data.cast::<Environment>()) });
}
