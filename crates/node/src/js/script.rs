//! Functions of our own in JavaScript, for work that V8 does faster than N-API calls. Each environment makes a function when
//! it first needs it.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::Env;

use super::environment::Environment;
use super::reference::Reference;
use super::value::{Js, JsResult, Thrown};

#[derive(Default)]
pub struct Script {
    /// Its index among the functions of every environment.
    index: OnceLock<usize>,
}

/// The functions that one environment has made.
#[derive(Default)]
pub struct Functions(RefCell<Vec<Option<Reference>>>);

impl Script {
    pub const fn new() -> Self {
        Self { index: OnceLock::new() }
    }

    /// `source` is an arrow function.
    pub fn call<'e, const N: usize>(
        &self,
        env: &'e Env,
        source: impl FnOnce() -> String,
        arguments: [Js<'e>; N],
    ) -> JsResult<'e> {
        self.function(env, source)?.call(Js::undefined(env)?, arguments)
    }

    /// The function itself. `source` is an expression.
    pub fn function<'e>(&self, env: &'e Env, source: impl FnOnce() -> String) -> JsResult<'e> {
        static SCRIPTS: AtomicUsize = AtomicUsize::new(0);
        let index = *self.index.get_or_init(|| SCRIPTS.fetch_add(1, Ordering::Relaxed));
        let Functions(functions) = &Environment::of(env).ok_or(Thrown(None))?.functions;
        if let Some(Some(known)) = functions.borrow().get(index) {
            return known.get(env);
        }
        let function = Js::run(env, &source())?;
        let reference = Reference::new(env, function)?;
        let mut functions = functions.borrow_mut();
        if functions.len() <= index {
            functions.resize_with(index + 1, || None);
        }
        if let Some(place) = functions.get_mut(index) {
            *place = Some(reference);
        }
        Ok(function)
    }
}
