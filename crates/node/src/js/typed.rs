//! Signatures of methods, as napi's generator of binding.d.ts reads them: by the names of types. At run time each is a
//! plain handle; its type parameter is for TypeScript only.

use std::marker::PhantomData;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Result, sys};

pub use napi::bindgen_prelude::{Either, Null};

use super::value::{Js, Kind};

/// The generator shows an `Arc<T>` as a `T`, and an `Option<T>` as an argument that may be left out.
pub use Value as Arc;
pub use Value as Option;

/// The generator knows the type by this name only.
#[expect(non_camel_case_types, reason = "it is TypeScript's")]
pub enum void {}

pub enum Unknown {}

/// An argument that is not converted yet, or the result of a synchronous method. Its raw pointers keep it on its thread.
pub struct Value<T> {
    env: sys::napi_env,
    raw: sys::napi_value,
    shown: PhantomData<T>,
}

impl<T> Value<T> {
    /// None if the method throws.
    pub fn returned(js: std::option::Option<Js<'_>>) -> Self {
        let (env, raw) = js.map_or((ptr::null_mut(), ptr::null_mut()), |js| (js.env(), js.raw()));
        Self { env, raw, shown: PhantomData }
    }

    pub const fn js(&self) -> Js<'_> {
        // SAFETY: the handle is an argument or a result of the current call; values are dropped before that returns.
        unsafe { Js::from_raw(self.env, self.raw) }
    }

    /// None if the argument is left out.
    pub fn provided(&self) -> std::option::Option<Js<'_>> {
        Some(self.js()).filter(|js| js.kind() != Kind::Undefined)
    }
}

impl<T> FromNapiValue for Value<T> {
    unsafe fn from_napi_value(env: sys::napi_env, raw: sys::napi_value) -> Result<Self> {
        Ok(Self { env, raw, shown: PhantomData })
    }
}

impl<T> ToNapiValue for Value<T> {
    unsafe fn to_napi_value(_: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        Ok(value.raw)
    }
}

pub struct Promise<T> {
    raw: sys::napi_value,
    shown: PhantomData<T>,
}

impl<T> Promise<T> {
    /// None if the environment can make no promise.
    pub fn returned(js: std::option::Option<Js<'_>>) -> Self {
        Self { raw: js.map_or(ptr::null_mut(), Js::raw), shown: PhantomData }
    }
}

impl<T> ToNapiValue for Promise<T> {
    unsafe fn to_napi_value(_: sys::napi_env, promise: Self) -> Result<sys::napi_value> {
        Ok(promise.raw)
    }
}
