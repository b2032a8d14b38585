//! Making JavaScript values.

use std::ffi::CStr;
use std::ptr;

use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, sys};

use super::environment::Environment;
use super::script::Script;
use super::value::{Js, Kind, Thrown, check};

type Made<'e> = Result<Js<'e>, Thrown<'e>>;

fn made(env: &Env, make: impl FnOnce(sys::napi_env, *mut sys::napi_value) -> sys::napi_status) -> Made<'_> {
    let mut raw = ptr::null_mut();
    check(env.raw(), make(env.raw(), &raw mut raw))?;
    // SAFETY: just made by this environment.
    Ok(unsafe { Js::from_raw(env.raw(), raw) })
}

const fn length(text: &[u8]) -> isize {
    text.len().cast_signed()
}

impl<'e> Js<'e> {
    pub fn undefined(env: &'e Env) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_get_undefined(env, raw) })
    }

    pub fn null(env: &'e Env) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_get_null(env, raw) })
    }

    pub fn from_boolean(env: &'e Env, value: bool) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_get_boolean(env, value, raw) })
    }

    pub fn from_number(env: &'e Env, value: f64) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_create_double(env, value, raw) })
    }

    pub fn from_string(env: &'e Env, text: &str) -> Made<'e> {
        let bytes = text.as_bytes();
        made(env, |env, raw| unsafe { sys::napi_create_string_utf8(env, bytes.as_ptr().cast(), length(bytes), raw) })
    }

    /// A `Buffer` with a copy of the bytes. Node's own way to make one is several times as fast as
    /// N-API's, for small ones.
    pub fn from_bytes(env: &'e Env, bytes: &[u8]) -> Made<'e> {
        static ALLOCATE: Script = Script::new();
        let source = || "length => Buffer.allocUnsafe(length)".to_owned();
        let length = u32::try_from(bytes.len()).map_err(|_| Thrown(None))?;
        let buffer = ALLOCATE.call(env, source, [Js::from_number(env, length.into())?])?;
        if buffer.fill(bytes) { Ok(buffer) } else { Err(Thrown(None)) }
    }

    pub fn array(env: &'e Env, length: usize) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_create_array_with_length(env, length, raw) })
    }

    pub fn object(env: &'e Env) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_create_object(env, raw) })
    }

    pub fn error(env: &'e Env, code: Self, message: &str) -> Made<'e> {
        let message = Js::from_string(env, message)?;
        made(env, |env, raw| unsafe { sys::napi_create_error(env, code.raw(), message.raw(), raw) })
    }

    /// Without a code.
    pub fn plain_error(env: &'e Env, message: &str) -> Made<'e> {
        let message = Js::from_string(env, message)?;
        made(env, |env, raw| unsafe { sys::napi_create_error(env, ptr::null_mut(), message.raw(), raw) })
    }

    /// An object of one of our classes.
    pub fn instance(env: &'e Env, of: impl ToNapiValue) -> Made<'e> {
        made(env, |env, raw| match unsafe { ToNapiValue::to_napi_value(env, of) } {
            Ok(instance) => {
                unsafe { raw.write(instance) };
                sys::Status::napi_ok
            }
            Err(error) => error.status.into(),
        })
    }

    /// What a script gives.
    pub fn run(env: &'e Env, script: &str) -> Made<'e> {
        let script = Js::from_string(env, script)?;
        made(env, |env, raw| unsafe { sys::napi_run_script(env, script.raw(), raw) })
    }

    /// `process.env[name]`, as the code that loaded the package sees it.
    pub fn process_variable(env: &'e Env, name: &str) -> Made<'e> {
        let loaded = Environment::of(env).and_then(|here| here.process(env));
        // A test runner may have emptied the `process` of a test file that is over.
        let variables = loaded.and_then(|process| process.field(c"env").ok()).filter(|env| env.kind() == Kind::Object);
        let variables = match variables {
            Some(variables) => variables,
            None => Js::global(env)?.field(c"process")?.field(c"env")?,
        };
        variables.property(Js::from_string(env, name)?)
    }

    fn global(env: &'e Env) -> Made<'e> {
        made(env, |env, raw| unsafe { sys::napi_get_global(env, raw) })
    }

    pub fn set_element(self, env: &'e Env, at: u32, value: Self) -> Result<(), Thrown<'e>> {
        self.check(unsafe { sys::napi_set_element(env.raw(), self.raw(), at, value.raw()) })
    }

    pub fn set_field(self, env: &'e Env, name: &CStr, value: Self) -> Result<(), Thrown<'e>> {
        self.check(unsafe { sys::napi_set_named_property(env.raw(), self.raw(), name.as_ptr(), value.raw()) })
    }

    /// An own property, whatever its name is ('__proto__' too) and whatever setters there are.
    pub fn define(self, env: &'e Env, name: &str, value: Self, enumerable: bool) -> Result<(), Thrown<'e>> {
        let plain = sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable;
        let property = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: Js::from_string(env, name)?.raw(),
            method: None,
            getter: None,
            setter: None,
            value: value.raw(),
            attributes: if enumerable { plain | sys::PropertyAttributes::enumerable } else { plain },
            data: ptr::null_mut(),
        };
        self.check(unsafe { sys::napi_define_properties(env.raw(), self.raw(), 1, &raw const property) })
    }

    /// Makes it the exception that the call under way ends with.
    pub fn throw(self, env: &'e Env) {
        unsafe { sys::napi_throw(env.raw(), self.raw()) };
    }
}
