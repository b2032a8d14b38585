//! A promise, seen from the side that keeps it.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

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

    /// Rejects with an error that is made a moment later, in a microtask: only there does V8 know
    /// which async functions wait for this promise, and put them into the error's stack.
    pub fn reject_with(self, env: &Env, make: impl FnOnce(&Env) -> Made<'_> + 'static) {
        let make: Rc<Make> = Rc::new(Cell::new(Some(Box::new(make))));
        match thrown_in_turn(env, Rc::clone(&make)) {
            Ok(Turn { begin, begun, thrown }) => {
                self.resolve(env, thrown);
                begin.resolve(env, begun);
            }
            Err(_) => {
                if let Some(Ok(reason)) = make.take().map(|make| make(env)) {
                    self.reject(env, reason);
                }
            }
        }
    }
}

type Made<'e> = Result<Js<'e>, Thrown<'e>>;
/// Whoever comes first makes it.
type Make = Cell<Option<Box<dyn FnOnce(&Env) -> Made<'_>>>>;

/// A promise that is rejected when its turn has come.
struct Turn<'e> {
    begin: Deferred,
    begun: Js<'e>,
    thrown: Js<'e>,
}

fn thrown_in_turn(env: &Env, make: Rc<Make>) -> Result<Turn<'_>, Thrown<'_>> {
    let (begin, turned) = Deferred::new(env)?;
    let then = turned.field(c"then")?;
    let (raw, data) = (env.raw(), Rc::into_raw(make).cast_mut().cast::<c_void>());
    let (mut function, mut thrown) = (ptr::null_mut(), ptr::null_mut());
    check(raw, unsafe { sys::napi_create_function(raw, ptr::null(), 0, Some(throw), data, &raw mut function) })?;
    check(raw, unsafe {
        sys::napi_add_finalizer(raw, function, data, Some(let_go), ptr::null_mut(), ptr::null_mut())
    })?;
    check(raw, unsafe {
        sys::napi_call_function(raw, turned.raw(), then.raw(), 1, &raw const function, &raw mut thrown)
    })?;
    // SAFETY: just made by this environment.
    Ok(Turn { begin, begun: Js::undefined(env)?, thrown: unsafe { Js::from_raw(raw, thrown) } })
}

unsafe extern "C" fn throw(raw: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut::<c_void>();
    unsafe {
        sys::napi_get_cb_info(raw, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &raw mut data);
    }
    let env = Env::from_raw(raw);
    // SAFETY: lives as long as the function that is called.
    let make = unsafe { &*data.cast_const().cast::<Make>() };
    if let Some(Ok(reason)) = make.take().map(|make| make(&env)) {
        reason.throw(&env);
    }
    ptr::null_mut()
}

unsafe extern "C" fn let_go(_: sys::napi_env, make: *mut c_void, _: *mut c_void) {
    // SAFETY: called once, when the function is gone.
    drop(unsafe { Rc::from_raw(make.cast_const().cast::<Make>()) });
}
