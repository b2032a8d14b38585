//! JavaScript functions of our own, for what is faster done there than from outside: V8 compiles
//! them. Each is made once in an environment, when it is first needed.

use std::cell::RefCell;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};

use super::environment::Environment;
use super::value::{Js, Thrown, check};

#[derive(Default)]
pub struct Script {
    /// Its place among the functions of every environment.
    place: OnceLock<usize>,
}

/// Of one environment.
#[derive(Default)]
pub struct Functions(RefCell<Vec<Option<sys::napi_ref>>>);

impl Script {
    pub const fn new() -> Self {
        Self { place: OnceLock::new() }
    }

    /// `source` is an arrow function.
    pub fn call<'e, const N: usize>(
        &self,
        env: &'e Env,
        source: impl FnOnce() -> String,
        arguments: [Js<'e>; N],
    ) -> Result<Js<'e>, Thrown<'e>> {
        let function = self.function(env, source)?.raw();
        let undefined = Js::undefined(env)?.raw();
        let arguments = arguments.map(Js::raw);
        let raw = env.raw();
        let mut result = ptr::null_mut();
        check(raw, unsafe {
            sys::napi_call_function(raw, undefined, function, N, arguments.as_ptr(), &raw mut result)
        })?;
        // SAFETY: just made by this environment.
        Ok(unsafe { Js::from_raw(raw, result) })
    }

    /// The function itself. `source` is an expression.
    pub fn function<'e>(&self, env: &'e Env, source: impl FnOnce() -> String) -> Result<Js<'e>, Thrown<'e>> {
        let reference = self.reference(env, source)?;
        let mut function = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_get_reference_value(env.raw(), reference, &raw mut function) })?;
        // SAFETY: the reference keeps the function alive.
        Ok(unsafe { Js::from_raw(env.raw(), function) })
    }

    fn reference<'e>(&self, env: &'e Env, source: impl FnOnce() -> String) -> Result<sys::napi_ref, Thrown<'e>> {
        static SCRIPTS: AtomicUsize = AtomicUsize::new(0);
        let place = *self.place.get_or_init(|| SCRIPTS.fetch_add(1, Ordering::Relaxed));
        let Functions(functions) = &Environment::of(env).ok_or(Thrown(None))?.functions;
        if let Some(Some(known)) = functions.borrow().get(place) {
            return Ok(*known);
        }
        let function = Js::run(env, &source())?;
        let mut reference = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_create_reference(env.raw(), function.raw(), 1, &raw mut reference) })?;
        let mut functions = functions.borrow_mut();
        if functions.len() <= place {
            functions.resize(place + 1, None);
        }
        if let Some(function) = functions.get_mut(place) {
            *function = Some(reference);
        }
        Ok(reference)
    }
}
