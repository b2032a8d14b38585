//! Properties of objects, elements of arrays, and calls of functions.

use std::ffi::CStr;
use std::ptr;

use napi::{Env, sys};

use super::value::{Js, JsResult};

impl<'e> Js<'e> {
    /// The length of an array; 0 of any other value.
    pub fn length(self) -> u32 {
        let mut length = 0;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        unsafe { sys::napi_get_array_length(self.env(), self.raw(), &raw mut length) };
        length
    }

    pub fn element(self, index: u32) -> JsResult<'e> {
        // SAFETY: the handle is valid, see `Js`; the result is a local of `derive`.
        self.derive(|env, array, result| unsafe { sys::napi_get_element(env, array, index, result) })
    }

    pub fn field(self, name: &CStr) -> JsResult<'e> {
        // SAFETY: as in `element`; the name ends with a zero.
        self.derive(|env, object, result| unsafe { sys::napi_get_named_property(env, object, name.as_ptr(), result) })
    }

    pub fn property(self, key: Self) -> JsResult<'e> {
        // SAFETY: as in `element`, for both handles.
        self.derive(|env, object, result| unsafe { sys::napi_get_property(env, object, key.raw(), result) })
    }

    /// The names of an object's own enumerable properties, as an array of strings.
    pub fn keys(self) -> JsResult<'e> {
        let filter = sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols;
        let (mode, conversion) = (sys::KeyCollectionMode::own_only, sys::KeyConversion::numbers_to_strings);
        // SAFETY: as in `element`.
        self.derive(|env, object, result| unsafe {
            sys::napi_get_all_property_names(env, object, mode, filter, conversion, result)
        })
    }

    pub(super) fn call<const N: usize>(self, this: Self, arguments: [Self; N]) -> JsResult<'e> {
        let arguments = arguments.map(Js::raw);
        // SAFETY: as in `element`, for all handles; N-API reads `N` arguments during the call.
        self.derive(|env, function, result| unsafe {
            sys::napi_call_function(env, this.raw(), function, N, arguments.as_ptr(), result)
        })
    }

    pub fn set_element(self, env: &'e Env, index: u32, value: Self) -> JsResult<'e, ()> {
        // SAFETY: both handles are valid, see `Js`.
        self.check(unsafe { sys::napi_set_element(env.raw(), self.raw(), index, value.raw()) })
    }

    pub fn set_field(self, env: &'e Env, name: &CStr, value: Self) -> JsResult<'e, ()> {
        // SAFETY: both handles are valid, see `Js`; the name ends with a zero.
        self.check(unsafe { sys::napi_set_named_property(env.raw(), self.raw(), name.as_ptr(), value.raw()) })
    }

    /// Adds an own property of any name ('__proto__' too), without calling a setter.
    pub fn define(self, env: &'e Env, name: &str, value: Self, enumerable: bool) -> JsResult<'e, ()> {
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
        // SAFETY: all handles are valid, see `Js`; N-API reads the one descriptor during the call.
        self.check(unsafe { sys::napi_define_properties(env.raw(), self.raw(), 1, &raw const property) })
    }
}
