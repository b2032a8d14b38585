//! Reading JavaScript values. A handle lives as long as the call it came with.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr;

use napi::sys;

#[derive(Clone, Copy)]
pub struct Js<'e> {
    env: sys::napi_env,
    raw: sys::napi_value,
    scope: PhantomData<&'e ()>,
}

/// JavaScript code that we ran (a getter, a proxy) threw this; nothing when N-API itself failed.
pub struct Thrown<'e>(pub Option<Js<'e>>);

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

pub enum Bytes {
    Copied(Vec<u8>),
    /// Its buffer was transferred to somebody else.
    Detached,
    /// It is another kind of value.
    Other,
}

/// Strings of up to about this many bytes are read by one call.
const SHORT: usize = 256;

impl<'e> Js<'e> {
    /// # Safety
    /// Both are of the call that is under way, on the thread of the environment.
    pub(super) const unsafe fn from_raw(env: sys::napi_env, raw: sys::napi_value) -> Self {
        Self { env, raw, scope: PhantomData }
    }

    pub(super) const fn env(self) -> sys::napi_env {
        self.env
    }

    pub(super) const fn raw(self) -> sys::napi_value {
        self.raw
    }

    /// Another value of the same environment.
    pub(super) const fn beside(self, raw: sys::napi_value) -> Self {
        Self { raw, ..self }
    }

    pub(super) fn check(self, status: sys::napi_status) -> Result<(), Thrown<'e>> {
        check(self.env, status)
    }

    pub fn kind(self) -> Kind {
        let mut kind = sys::ValueType::napi_undefined;
        // SAFETY: the handle is alive, see `from_raw`. So it is in every call below.
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

    pub fn is_array(self) -> bool {
        let mut is_array = false;
        unsafe { sys::napi_is_array(self.env, self.raw, &raw mut is_array) };
        is_array
    }

    /// Nothing when it is no boolean.
    pub fn boolean(self) -> Option<bool> {
        let mut value = false;
        let status = unsafe { sys::napi_get_value_bool(self.env, self.raw, &raw mut value) };
        (status == sys::Status::napi_ok).then_some(value)
    }

    /// Nothing when it is no number.
    pub fn number(self) -> Option<f64> {
        let mut value = 0.0;
        let status = unsafe { sys::napi_get_value_double(self.env, self.raw, &raw mut value) };
        (status == sys::Status::napi_ok).then_some(value)
    }

    /// Nothing when it is no string. Lone surrogates come out as U+FFFD.
    pub fn string(self) -> Option<String> {
        let mut short = [0_u8; SHORT];
        let copied = self.copy_string(&mut short)?;
        // A character that did not fit is left out whole, so a full buffer may lack a few bytes.
        if copied < SHORT - 4 {
            return String::from_utf8(short.get(..copied)?.to_vec()).ok();
        }
        let mut length = 0;
        unsafe { sys::napi_get_value_string_utf8(self.env, self.raw, ptr::null_mut(), 0, &raw mut length) };
        let mut long = vec![0; length + 1];
        let copied = self.copy_string(&mut long)?;
        long.truncate(copied);
        String::from_utf8(long).ok()
    }

    /// A number or a bigint in digits, as JavaScript writes it.
    pub fn digits(self) -> Option<String> {
        let mut digits = ptr::null_mut();
        let status = unsafe { sys::napi_coerce_to_string(self.env, self.raw, &raw mut digits) };
        self.check(status).ok().and_then(|()| self.beside(digits).string())
    }

    /// How many bytes a typed array shows; nothing when it is none.
    pub fn typed_length(self) -> Option<usize> {
        let mut is_typed_array = false;
        let mut length = 0;
        unsafe {
            sys::napi_is_typedarray(self.env, self.raw, &raw mut is_typed_array);
            if is_typed_array {
                sys::napi_get_typedarray_info(
                    self.env,
                    self.raw,
                    ptr::null_mut(),
                    &raw mut length,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                );
            }
        }
        is_typed_array.then_some(length)
    }

    fn copy_string(self, into: &mut [u8]) -> Option<usize> {
        let mut copied = 0;
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, self.raw, into.as_mut_ptr().cast(), into.len(), &raw mut copied)
        };
        (status == sys::Status::napi_ok).then_some(copied)
    }

    /// Of a string: whether it has surrogates without their partner.
    pub fn has_lone_surrogates(self) -> bool {
        let mut length = 0;
        unsafe { sys::napi_get_value_string_utf16(self.env, self.raw, ptr::null_mut(), 0, &raw mut length) };
        let mut units = vec![0; length + 1];
        unsafe {
            sys::napi_get_value_string_utf16(self.env, self.raw, units.as_mut_ptr(), units.len(), &raw mut length);
        }
        units.truncate(length);
        char::decode_utf16(units).any(|unit| unit.is_err())
    }

    /// Of an array; 0 of anything else.
    pub fn length(self) -> u32 {
        let mut length = 0;
        unsafe { sys::napi_get_array_length(self.env, self.raw, &raw mut length) };
        length
    }

    pub fn element(self, at: u32) -> Result<Self, Thrown<'e>> {
        let mut element = ptr::null_mut();
        let status = unsafe { sys::napi_get_element(self.env, self.raw, at, &raw mut element) };
        self.check(status).map(|()| self.beside(element))
    }

    pub fn field(self, name: &CStr) -> Result<Self, Thrown<'e>> {
        let mut field = ptr::null_mut();
        let status = unsafe { sys::napi_get_named_property(self.env, self.raw, name.as_ptr(), &raw mut field) };
        self.check(status).map(|()| self.beside(field))
    }

    pub fn property(self, key: Self) -> Result<Self, Thrown<'e>> {
        let mut property = ptr::null_mut();
        let status = unsafe { sys::napi_get_property(self.env, self.raw, key.raw, &raw mut property) };
        self.check(status).map(|()| self.beside(property))
    }

    /// The names of an object's own enumerable properties, as an array of strings.
    pub fn keys(self) -> Result<Self, Thrown<'e>> {
        let mut keys = ptr::null_mut();
        let status = unsafe {
            sys::napi_get_all_property_names(
                self.env,
                self.raw,
                sys::KeyCollectionMode::own_only,
                sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols,
                sys::KeyConversion::numbers_to_strings,
                &raw mut keys,
            )
        };
        self.check(status).map(|()| self.beside(keys))
    }

    /// Of a `Uint8Array` or `Buffer`: the bytes it shows.
    pub fn bytes(self) -> Bytes {
        let mut is_typed_array = false;
        unsafe { sys::napi_is_typedarray(self.env, self.raw, &raw mut is_typed_array) };
        if !is_typed_array {
            return Bytes::Other;
        }
        let (mut of, mut length, mut data, mut buffer) = (0, 0, ptr::null_mut(), ptr::null_mut());
        unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.raw,
                &raw mut of,
                &raw mut length,
                &raw mut data,
                &raw mut buffer,
                ptr::null_mut(),
            );
        }
        if of != sys::TypedarrayType::uint8_array {
            return Bytes::Other;
        }
        if length == 0 || data.is_null() {
            let mut detached = false;
            unsafe { sys::napi_is_detached_arraybuffer(self.env, buffer, &raw mut detached) };
            return if detached { Bytes::Detached } else { Bytes::Copied(Vec::new()) };
        }
        let mut copy = Vec::<u8>::with_capacity(length);
        // SAFETY: N-API says that `length` bytes stand at `data`, and no JavaScript of this thread
        // runs meanwhile. Raw copying, because another thread may write to a shared buffer.
        unsafe {
            ptr::copy_nonoverlapping(data.cast::<u8>(), copy.as_mut_ptr(), length);
            copy.set_len(length);
        }
        Bytes::Copied(copy)
    }

    /// Of a `Buffer` just made: its content. False when it is no buffer of that length.
    pub(super) fn fill(self, bytes: &[u8]) -> bool {
        let (mut data, mut length) = (ptr::null_mut(), 0);
        let status = unsafe { sys::napi_get_buffer_info(self.env, self.raw, &raw mut data, &raw mut length) };
        if status != sys::Status::napi_ok || length != bytes.len() {
            return false;
        }
        if length > 0 {
            // SAFETY: N-API says that `length` bytes stand at `data`, and nobody else has the buffer.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), length) };
        }
        true
    }
}

/// What a failed call threw is taken out of the environment, so that the next call can be made.
pub(super) fn check<'e>(env: sys::napi_env, status: sys::napi_status) -> Result<(), Thrown<'e>> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    let mut is_pending = false;
    let mut exception = ptr::null_mut();
    // SAFETY: the environment is the one of the call that failed, on its thread.
    unsafe {
        sys::napi_is_exception_pending(env, &raw mut is_pending);
        if is_pending {
            sys::napi_get_and_clear_last_exception(env, &raw mut exception);
        }
    }
    Err(Thrown((!exception.is_null()).then(|| unsafe { Js::from_raw(env, exception) })))
}
