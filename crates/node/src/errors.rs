//! How a failure looks in JavaScript. Both call forms make it here.

use napi::Env;
use rivers_storage::Error;

use crate::js::{Js, Thrown};

/// Why a call failed, on its way to JavaScript.
pub struct Failure<'e> {
    error: Error,
    /// What JavaScript code of the caller's (a getter, a proxy) threw.
    thrown: Option<Js<'e>>,
}

impl<'e> Failure<'e> {
    pub const fn thrown(error: Error, thrown: Option<Js<'e>>) -> Self {
        Self { error, thrown }
    }

    /// Nothing when JavaScript refuses to make even an error.
    pub fn into_js(self, env: &'e Env) -> Option<Js<'e>> {
        self.error_object(env).ok()
    }

    fn error_object(&self, env: &'e Env) -> Result<Js<'e>, Thrown<'e>> {
        let error = &self.error;
        let made = Js::error(env, error.code().as_str(), error.message())?;
        made.define(env, "name", Js::from_string(env, "StorageError")?, false)?;
        made.set_field(env, c"retryable", Js::from_boolean(env, error.code().is_retryable())?)?;
        match self.thrown {
            Some(thrown) => made.define(env, "cause", thrown, false)?,
            None => caused(env, made, error.causes())?,
        }
        Ok(made)
    }
}

/// Each message the cause of the one before.
fn caused<'e>(env: &'e Env, error: Js<'e>, causes: &[String]) -> Result<(), Thrown<'e>> {
    let mut outer = error;
    for message in causes {
        let cause = Js::plain_error(env, message)?;
        outer.define(env, "cause", cause, false)?;
        outer = cause;
    }
    Ok(())
}

impl From<Error> for Failure<'_> {
    fn from(error: Error) -> Self {
        Self { error, thrown: None }
    }
}

/// A result that JavaScript cannot hold, such as a text beyond its limit.
impl<'e> From<Thrown<'e>> for Failure<'e> {
    fn from(Thrown(thrown): Thrown<'e>) -> Self {
        Self { error: Error::internal("a value could not be given to JavaScript"), thrown }
    }
}
