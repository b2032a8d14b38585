//! Making JavaScript values.

use std::ptr;

use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, sys};

use super::environment::Environment;
use super::value::{Js, JsResult, Kind, check};

fn make(env: &Env, call: impl FnOnce(sys::napi_env, *mut sys::napi_value) -> sys::napi_status) -> JsResult<'_> {
    let mut raw = ptr::null_mut();
    check(env.raw(), call(env.raw(), &raw mut raw))?;
    // SAFETY: the call has put the value into the current scope of `env`, which outlives the borrow.
    Ok(unsafe { Js::from_raw(env.raw(), raw) })
}

const fn length(text: &[u8]) -> isize {
    text.len().cast_signed()
}

impl<'e> Js<'e> {
    pub fn undefined(env: &'e Env) -> JsResult<'e> {
        // SAFETY: `env` is live, see the module above; the result is a local of `make`. So in the functions below.
        make(env, |env, result| unsafe { sys::napi_get_undefined(env, result) })
    }

    pub fn null(env: &'e Env) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_get_null(env, result) })
    }

    pub fn from_boolean(env: &'e Env, value: bool) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_get_boolean(env, value, result) })
    }

    pub fn from_number(env: &'e Env, value: f64) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_create_double(env, value, result) })
    }

    pub fn from_bigint(env: &'e Env, value: i64) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_create_bigint_int64(env, value, result) })
    }

    pub fn from_string(env: &'e Env, text: &str) -> JsResult<'e> {
        let bytes = text.as_bytes();
        // SAFETY: as in `undefined`; N-API copies the bytes during the call.
        make(env, |env, result| unsafe {
            sys::napi_create_string_utf8(env, bytes.as_ptr().cast(), length(bytes), result)
        })
    }

    pub fn array(env: &'e Env, length: usize) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_create_array_with_length(env, length, result) })
    }

    pub fn object(env: &'e Env) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_create_object(env, result) })
    }

    pub fn error(env: &'e Env, code: Self, message: &str) -> JsResult<'e> {
        let message = Js::from_string(env, message)?;
        // SAFETY: as in `undefined`; both handles are valid, see `Js`.
        make(env, |env, result| unsafe { sys::napi_create_error(env, code.raw(), message.raw(), result) })
    }

    /// Without a code.
    pub fn plain_error(env: &'e Env, message: &str) -> JsResult<'e> {
        let message = Js::from_string(env, message)?;
        // SAFETY: as in `error`; N-API takes a null code for none.
        make(env, |env, result| unsafe { sys::napi_create_error(env, ptr::null_mut(), message.raw(), result) })
    }

    /// An instance of one of the addon's classes.
    pub fn instance(env: &'e Env, value: impl ToNapiValue) -> JsResult<'e> {
        make(env, |env, result| {
            // SAFETY: `env` is live, see the module above, and the caller is on its thread.
            match unsafe { ToNapiValue::to_napi_value(env, value) } {
                Ok(instance) => {
                    // SAFETY: `result` is a local of `make`.
                    unsafe { result.write(instance) };
                    sys::Status::napi_ok
                }
                Err(error) => error.status.into(),
            }
        })
    }

    /// The value of a script's last expression. It runs in the addon's realm.
    pub fn run(env: &'e Env, script: &str) -> JsResult<'e> {
        let script = Js::from_string(env, script)?;
        // SAFETY: as in `undefined`; the handle is valid, see `Js`.
        make(env, |env, result| unsafe { sys::napi_run_script(env, script.raw(), result) })
    }

    /// `process.env[name]`, as the code that loaded the package sees it.
    pub fn process_variable(env: &'e Env, name: &str) -> JsResult<'e> {
        let process = Environment::of(env).and_then(|environment| environment.process(env));
        // A test runner may have emptied the `process` of a test file that has ended.
        let variables = process.and_then(|process| process.field(c"env").ok()).filter(|env| env.kind() == Kind::Object);
        let variables = match variables {
            Some(variables) => variables,
            None => Js::global(env)?.field(c"process")?.field(c"env")?,
        };
        variables.property(Js::from_string(env, name)?)
    }

    fn global(env: &'e Env) -> JsResult<'e> {
        // SAFETY: as in `undefined`.
        make(env, |env, result| unsafe { sys::napi_get_global(env, result) })
    }

    /// Makes it the exception with which the current call ends.
    pub fn throw(self, env: &'e Env) {
        // SAFETY: the handle is valid, see `Js`.
        unsafe { sys::napi_throw(env.raw(), self.raw()) };
    }
}
