//! A JavaScript function that another thread will have called, once.

use std::ptr;
use std::sync::Arc;

use napi::{Env, sys};

use super::mailbox::Mailbox;
use super::value::{Js, Thrown, check};

pub struct Callback {
    function: Kept,
    mailbox: Arc<Mailbox>,
}

struct Kept(sys::napi_ref);

// SAFETY: only letters look into it, on the thread of the environment.
unsafe impl Send for Kept {}

impl Callback {
    pub fn new<'e>(env: &'e Env, function: Js<'e>, mailbox: &Arc<Mailbox>) -> Result<Self, Thrown<'e>> {
        let mut reference = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_create_reference(env.raw(), function.raw(), 1, &raw mut reference) })?;
        Ok(Self { function: Kept(reference), mailbox: Arc::clone(mailbox) })
    }

    /// Soon, on the environment's thread. Nothing happens when that is gone.
    pub fn call(self, argument: impl for<'e> FnOnce(&'e Env) -> Result<Js<'e>, Thrown<'e>> + Send + 'static) {
        let mailbox = Arc::clone(&self.mailbox);
        mailbox.tell(move |env| {
            // What it throws is its own affair: the function is the TypeScript layer's, and throws nothing.
            let _ = argument(env).and_then(|argument| self.function.call(env, argument));
        });
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        let function = Kept(self.function.0);
        self.mailbox.tell(move |env| function.let_go(env));
    }
}

impl Kept {
    fn call<'e>(&self, env: &'e Env, argument: Js<'e>) -> Result<(), Thrown<'e>> {
        let env = env.raw();
        let (mut function, mut undefined) = (ptr::null_mut(), ptr::null_mut());
        let argument = argument.raw();
        check(env, unsafe { sys::napi_get_reference_value(env, self.0, &raw mut function) })?;
        check(env, unsafe { sys::napi_get_undefined(env, &raw mut undefined) })?;
        let called =
            unsafe { sys::napi_call_function(env, undefined, function, 1, &raw const argument, ptr::null_mut()) };
        check(env, called)
    }

    fn let_go(self, env: &Env) {
        unsafe { sys::napi_delete_reference(env.raw(), self.0) };
    }
}
