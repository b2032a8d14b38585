//! Signatures of methods, as napi's generator of binding.d.ts reads them: by the names of types. At
//! run time each is a plain handle, and its parameter only says what is behind it.

use std::marker::PhantomData;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Result, sys};

pub use napi::bindgen_prelude::{Either, Null};

use super::value::{Js, Kind};

/// The generator shows an `Arc<T>` as a `T`, and knows by `Option<T>` that an argument may be left out.
pub use Value as Arc;
pub use Value as Option;

/// The generator knows no other word for it.
#[expect(non_camel_case_types, reason = "it is TypeScript's")]
pub enum void {}

pub enum Unknown {}

/// An argument not yet converted, or what a synchronous method returns.
pub struct Value<T> {
    env: sys::napi_env,
    raw: sys::napi_value,
    shown: PhantomData<T>,
}

impl<T> Value<T> {
    /// Nothing when the method threw.
    pub fn returned(js: std::option::Option<Js<'_>>) -> Self {
        let (env, raw) = js.map_or((ptr::null_mut(), ptr::null_mut()), |js| (js.env(), js.raw()));
        Self { env, raw, shown: PhantomData }
    }

    pub const fn js(&self) -> Js<'_> {
        // SAFETY: N-API gave it to the call under way, and it is dropped before that ends.
        unsafe { Js::from_raw(self.env, self.raw) }
    }

    /// Of an argument that may be left out.
    pub fn given(&self) -> std::option::Option<Js<'_>> {
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
    /// Nothing only where no promise could be made.
    pub fn returned(js: std::option::Option<Js<'_>>) -> Self {
        Self { raw: js.map_or(ptr::null_mut(), Js::raw), shown: PhantomData }
    }
}

impl<T> ToNapiValue for Promise<T> {
    unsafe fn to_napi_value(_: sys::napi_env, promise: Self) -> Result<sys::napi_value> {
        Ok(promise.raw)
    }
}
