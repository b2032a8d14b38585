//! A JavaScript value, its kind, and the exceptions of calls.

use std::marker::PhantomData;
use std::ptr;

use napi::sys;

/// A handle. It is valid as long as the `Env` that it borrows, see the module above.
#[derive(Clone, Copy)]
pub struct Js<'e> {
    env: sys::napi_env,
    raw: sys::napi_value,
    scope: PhantomData<&'e ()>,
}

/// The exception of JavaScript code that ran (a getter, a proxy); none when N-API itself failed.
pub struct Thrown<'e>(pub Option<Js<'e>>);

pub type JsResult<'e, T = Js<'e>> = Result<T, Thrown<'e>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Symbol,
    Array,
    Object,
    Function,
    BigInt,
}

impl<'e> Js<'e> {
    /// # Safety
    /// `raw` is a handle of `env`, in a scope that stays open for `'e`, and the caller is on the thread of `env`.
    pub(super) const unsafe fn from_raw(env: sys::napi_env, raw: sys::napi_value) -> Self {
        Self { env, raw, scope: PhantomData }
    }

    pub(super) const fn env(self) -> sys::napi_env {
        self.env
    }

    pub(super) const fn raw(self) -> sys::napi_value {
        self.raw
    }

    pub(super) fn check(self, status: sys::napi_status) -> JsResult<'e, ()> {
        check(self.env, status)
    }

    /// The value that a call about this one gives.
    pub(super) fn derive(
        self,
        call: impl FnOnce(sys::napi_env, sys::napi_value, *mut sys::napi_value) -> sys::napi_status,
    ) -> JsResult<'e> {
        let mut raw = ptr::null_mut();
        self.check(call(self.env, self.raw, &raw mut raw))?;
        Ok(Self { raw, ..self })
    }

    pub fn kind(self) -> Kind {
        let mut kind = sys::ValueType::napi_undefined;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        unsafe { sys::napi_typeof(self.env, self.raw, &raw mut kind) };
        match kind {
            sys::ValueType::napi_null => Kind::Null,
            sys::ValueType::napi_boolean => Kind::Boolean,
            sys::ValueType::napi_number => Kind::Number,
            sys::ValueType::napi_string => Kind::String,
            sys::ValueType::napi_symbol => Kind::Symbol,
            sys::ValueType::napi_function => Kind::Function,
            sys::ValueType::napi_bigint => Kind::BigInt,
            sys::ValueType::napi_object if self.is_array() => Kind::Array,
            sys::ValueType::napi_object | sys::ValueType::napi_external => Kind::Object,
            _ => Kind::Undefined,
        }
    }

    fn is_array(self) -> bool {
        let mut is_array = false;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        unsafe { sys::napi_is_array(self.env, self.raw, &raw mut is_array) };
        is_array
    }

    /// None if it is not a boolean.
    pub fn boolean(self) -> Option<bool> {
        let mut value = false;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        let status = unsafe { sys::napi_get_value_bool(self.env, self.raw, &raw mut value) };
        (status == sys::Status::napi_ok).then_some(value)
    }

    /// The time of a `Date`, NaN for an invalid one. None if it is not a `Date`.
    pub fn time(self) -> Option<f64> {
        let mut time = 0.0;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        let status = unsafe { sys::napi_get_date_value(self.env, self.raw, &raw mut time) };
        (status == sys::Status::napi_ok).then_some(time)
    }

    /// Whether it is an object that a literal makes: of no class. The realm does not matter.
    pub fn is_plain(self) -> bool {
        let is_last = |object: Self| object.prototype().is_ok_and(|prototype| prototype.kind() == Kind::Null);
        is_last(self) || self.prototype().is_ok_and(is_last)
    }

    fn prototype(self) -> JsResult<'e> {
        // SAFETY: the handle is valid, see `Js`; the result is a local of `derive`.
        self.derive(|env, object, result| unsafe { sys::napi_get_prototype(env, object, result) })
    }

    /// None if it is not a number.
    pub fn number(self) -> Option<f64> {
        let mut value = 0.0;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        let status = unsafe { sys::napi_get_value_double(self.env, self.raw, &raw mut value) };
        (status == sys::Status::napi_ok).then_some(value)
    }
}

/// Takes the exception of a failed call out of the environment, so that the next call can be made.
pub(super) fn check<'e>(env: sys::napi_env, status: sys::napi_status) -> JsResult<'e, ()> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    let mut is_pending = false;
    let mut exception = ptr::null_mut();
    // SAFETY: the caller has just made a call with `env`, so it is on its thread; the results are locals.
    unsafe {
        sys::napi_is_exception_pending(env, &raw mut is_pending);
        if is_pending {
            sys::napi_get_and_clear_last_exception(env, &raw mut exception);
        }
    }
    // SAFETY: N-API has put the exception into the scope of the failed call, which is `'e`.
    Err(Thrown((!exception.is_null()).then(|| unsafe { Js::from_raw(env, exception) })))
}
