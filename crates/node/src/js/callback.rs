//! A JavaScript function that another thread has called once.

use std::sync::Arc;

use napi::Env;

use super::mailbox::Mailbox;
use super::reference::Reference;
use super::value::{Js, JsResult};

pub struct Callback {
    /// None once `call` has taken it.
    function: Option<Reference>,
    mailbox: Arc<Mailbox>,
}

impl Callback {
    pub fn new<'e>(env: &'e Env, function: Js<'e>, mailbox: &Arc<Mailbox>) -> JsResult<'e, Self> {
        Ok(Self { function: Some(Reference::new(env, function)?), mailbox: Arc::clone(mailbox) })
    }

    /// Calls the function in a mailbox job. Does nothing when the environment is gone.
    pub fn call(mut self, argument: impl for<'e> FnOnce(&'e Env) -> JsResult<'e> + Send + 'static) {
        let Some(function) = self.function.take() else { return };
        self.mailbox.post(move |env| {
            // There is no caller to get an exception; the TypeScript layer passes functions that throw none.
            let _ = function.get(env).and_then(|function| function.call(Js::undefined(env)?, [argument(env)?]));
            function.delete(env);
        });
    }
}

/// A reference can be deleted only on its environment's thread.
impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(function) = self.function.take() {
            self.mailbox.post(move |env| function.delete(env));
        }
    }
}
