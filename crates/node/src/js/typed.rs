//! Signatures of methods, as napi's generator of binding.d.ts reads them: by the names of types. At
//! run time each is a plain handle, and its parameter only says what is behind it.

use std::marker::PhantomData;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Env, Result, sys};

pub use napi::bindgen_prelude::{Either, Null};

use super::value::Js;

/// The generator shows an `Arc<T>` as a `T`, and knows by `Option<T>` that an argument may be left out.
pub use Value as Arc;
pub use Value as Option;

/// The generator knows no other word for it.
#[expect(non_camel_case_types, reason = "it is TypeScript's")]
pub enum void {}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T> {
            env: sys::napi_env,
            raw: sys::napi_value,
            shown: PhantomData<T>,
        }

        impl<T> $name<T> {
            pub fn new(js: Js<'_>) -> Self {
                Self { env: js.env(), raw: js.raw(), shown: PhantomData }
            }

            /// What a method returns when it threw.
            pub fn nothing(env: &Env) -> Self {
                Self { env: env.raw(), raw: ptr::null_mut(), shown: PhantomData }
            }
        }

        impl<T> FromNapiValue for $name<T> {
            unsafe fn from_napi_value(env: sys::napi_env, raw: sys::napi_value) -> Result<Self> {
                Ok(Self { env, raw, shown: PhantomData })
            }
        }

        impl<T> ToNapiValue for $name<T> {
            unsafe fn to_napi_value(_: sys::napi_env, handle: Self) -> Result<sys::napi_value> {
                Ok(handle.raw)
            }
        }
    };
}

handle! {
    /// An argument not yet converted, or what a synchronous method returns.
    Value
}
handle!(Promise);

impl<T> Value<T> {
    pub const fn js(&self) -> Js<'_> {
        // SAFETY: N-API gave it to the call under way, and it is dropped before that ends.
        unsafe { Js::from_raw(self.env, self.raw) }
    }
}
