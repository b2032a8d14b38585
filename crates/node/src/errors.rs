//! The error object that JavaScript gets, in both forms of an operation.

use napi::Env;
use napi_derive::napi;
use rivers_storage::{Code, Error};
use rivers_storage_node_macros::names;

use crate::from_js::show;
use crate::js::{Js, JsResult, Script, Thrown, typed};
use crate::to_js::ToJs;

/// What went wrong. The code says what the caller should do about it.
#[names(Code)]
pub enum StorageErrorCode {
    #[name("ERR_INVALID_ARG")]
    InvalidArg,
    #[name("ERR_NOT_FOUND")]
    NotFound,
    #[name("ERR_CONFLICT")]
    Conflict,
    #[name("ERR_LEASE_LOST")]
    LeaseLost,
    #[name("ERR_CANCELLED")]
    Cancelled,
    #[name("ERR_CLOSED")]
    Closed,
    #[name("ERR_LOCKED")]
    Locked,
    #[name("ERR_UNAVAILABLE")]
    Unavailable,
    #[name("ERR_TIMEOUT")]
    Timeout,
    #[name("ERR_AUTH")]
    Auth,
    #[name("ERR_SCHEMA")]
    Schema,
    #[name("ERR_IO")]
    Io,
    #[name("ERR_CORRUPT")]
    Corrupt,
    #[name("ERR_READ_ONLY")]
    ReadOnly,
    #[name("ERR_UNSUPPORTED")]
    Unsupported,
    #[name("ERR_INTERNAL")]
    Internal,
}

/// Why a call failed, on its way to JavaScript.
pub struct Failure<'e> {
    error: Error,
    /// The exception of the caller's code: of a getter, a proxy, or the function that works under a lease.
    cause: Option<Js<'e>>,
}

impl<'e> Failure<'e> {
    pub const fn new(error: Error, cause: Option<Js<'e>>) -> Self {
        Self { error, cause }
    }

    pub fn into_js(self, env: &'e Env) -> JsResult<'e> {
        let Self { error, cause } = self;
        let made = Js::error(env, error.code().to_js(env)?, error.message())?;
        made.define(env, "name", Js::from_string(env, "StorageError")?, false)?;
        made.set_field(env, c"retryable", Js::from_boolean(env, error.code().is_retryable())?)?;
        made.define(env, "toJSON", to_json(env)?, false)?;
        match cause {
            Some(cause) => made.define(env, "cause", cause, false)?,
            None => add_causes(env, made, error.causes())?,
        }
        Ok(made)
    }
}

/// A method on the error itself. So the error is an ordinary `Error`: a class would be another one in each copy of the
/// package.
fn to_json(env: &Env) -> JsResult<'_> {
    static TO_JSON: Script = Script::new();
    let fields = "name: this.name, code: this.code, retryable: this.retryable, message: this.message";
    TO_JSON.function(env, || format!("({{ toJSON() {{ return {{ {fields} }} }} }}).toJSON"))
}

/// Each message becomes the `cause` of the one before.
fn add_causes<'e>(env: &'e Env, error: Js<'e>, causes: &[String]) -> JsResult<'e, ()> {
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
        Self { error, cause: None }
    }
}

/// For a result that JavaScript cannot hold, such as a string over its limit.
impl<'e> From<Thrown<'e>> for Failure<'e> {
    fn from(Thrown(cause): Thrown<'e>) -> Self {
        Self { error: Error::internal("a value could not be given to JavaScript"), cause }
    }
}

/// Makes the ERR_INVALID_ARG error of an argument that the TypeScript layer refuses.
#[napi(ts_return_type = "Error")]
pub fn refusal(
    env: &Env,
    name: typed::Arc<String>,
    value: typed::Arc<typed::Unknown>,
    expected: typed::Arc<String>,
) -> typed::Arc<typed::Unknown> {
    let text = |argument: &typed::Arc<String>| argument.js().string().unwrap_or_default();
    let error = Error::invalid(&text(&name), show(value.js()), &text(&expected));
    typed::Arc::returned(Failure::from(error).into_js(env).ok())
}
