//! Converts the results of operations to JavaScript values. `None` becomes null.

use std::collections::BTreeMap;

use napi::Env;
use napi::bindgen_prelude::{Either, Null};

use crate::js::{Js, JsResult};

pub trait ToJs {
    fn to_js(self, env: &Env) -> JsResult<'_>;
}

impl ToJs for () {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::undefined(env)
    }
}

impl ToJs for bool {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_boolean(env, self)
    }
}

/// Inputs are limited to the integers that JavaScript represents exactly.
impl ToJs for i64 {
    #[expect(clippy::cast_precision_loss, reason = "stored integers are exact")]
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_number(env, self as f64)
    }
}

impl ToJs for i32 {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_number(env, self.into())
    }
}

impl ToJs for u32 {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_number(env, self.into())
    }
}

impl ToJs for f64 {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_number(env, self)
    }
}

/// A count, in a type that the generator of binding.d.ts shows as a number.
pub fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl ToJs for &str {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_string(env, self)
    }
}

impl ToJs for String {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        self.as_str().to_js(env)
    }
}

/// Named as in binding.d.ts.
pub struct Buffer(pub Vec<u8>);

impl ToJs for Buffer {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::from_bytes(env, &self.0)
    }
}

impl<T: ToJs> ToJs for Option<T> {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        match self {
            Some(value) => value.to_js(env),
            None => Js::null(env),
        }
    }
}

/// Null in one member of a union, where another has a value.
impl ToJs for Null {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::null(env)
    }
}

impl<A: ToJs, B: ToJs> ToJs for Either<A, B> {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        match self {
            Self::A(value) => value.to_js(env),
            Self::B(value) => value.to_js(env),
        }
    }
}

impl<T: ToJs> ToJs for Vec<T> {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        let array = Js::array(env, self.len())?;
        for (index, element) in (0..).zip(self) {
            array.set_element(env, index, element.to_js(env)?)?;
        }
        Ok(array)
    }
}

impl<A: ToJs, B: ToJs> ToJs for (A, B) {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        let pair = Js::array(env, 2)?;
        pair.set_element(env, 0, self.0.to_js(env)?)?;
        pair.set_element(env, 1, self.1.to_js(env)?)?;
        Ok(pair)
    }
}

/// An object whose keys are data. Each becomes an own property, also '__proto__'.
pub struct Dictionary<T>(pub Vec<(String, T)>);

impl<T: ToJs> ToJs for Dictionary<T> {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        let object = Js::object(env)?;
        for (key, value) in self.0 {
            object.define(env, &key, value.to_js(env)?, true)?;
        }
        Ok(object)
    }
}

impl<T: ToJs> ToJs for BTreeMap<String, T> {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Dictionary(self.into_iter().collect()).to_js(env)
    }
}
