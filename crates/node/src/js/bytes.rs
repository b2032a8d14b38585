//! Typed arrays and buffers.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU8, Ordering};
use std::{ptr, slice};

use napi::{Env, sys};

use super::script::Script;
use super::value::{Js, JsResult, Thrown};

pub enum Bytes {
    Copied(Vec<u8>),
    /// The memory was transferred to another owner.
    Detached,
    /// It is not a `Uint8Array`.
    Other,
}

/// A typed array as N-API describes it.
struct View {
    element: sys::napi_typedarray_type,
    /// How many elements.
    length: usize,
    data: *mut c_void,
    buffer: sys::napi_value,
}

impl<'e> Js<'e> {
    /// A `Buffer` with a copy of the bytes. `Buffer.allocUnsafe` takes small ones from a pool, so it is several times as
    /// fast as N-API's own functions.
    pub fn from_bytes(env: &'e Env, bytes: &[u8]) -> JsResult<'e> {
        static ALLOCATE: Script = Script::new();
        let source = || "length => Buffer.allocUnsafe(length)".to_owned();
        let length = u32::try_from(bytes.len()).map_err(|_| Thrown(None))?;
        let buffer = ALLOCATE.call(env, source, [Js::from_number(env, length.into())?])?;
        if buffer.fill(bytes) { Ok(buffer) } else { Err(Thrown(None)) }
    }

    /// Writes the content of a buffer that was just made. False if it is not a buffer of that length.
    fn fill(self, bytes: &[u8]) -> bool {
        let (mut data, mut length) = (ptr::null_mut(), 0);
        // SAFETY: the handle is valid, see `Js`; the results are locals.
        let status = unsafe { sys::napi_get_buffer_info(self.env(), self.raw(), &raw mut data, &raw mut length) };
        if status != sys::Status::napi_ok || length != bytes.len() {
            return false;
        }
        if length > 0 {
            // SAFETY: N-API gives `length` writable bytes at `data`. They are this buffer's alone, and JavaScript, which
            // could use them, runs on this thread.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), length) };
        }
        true
    }

    /// The length of a typed array, in elements; none of any other value.
    pub fn typed_length(self) -> Option<usize> {
        self.view().map(|view| view.length)
    }

    pub fn is_typed_array(self) -> bool {
        self.view().is_some()
    }

    /// A copy of the bytes of a `Uint8Array` or `Buffer`.
    pub fn bytes(self) -> Bytes {
        let Some(View { element: sys::TypedarrayType::uint8_array, length, data, buffer }) = self.view() else {
            return Bytes::Other;
        };
        if length == 0 || data.is_null() {
            return if self.is_detached(buffer) { Bytes::Detached } else { Bytes::Copied(Vec::new()) };
        }
        let data = data.cast::<u8>();
        Bytes::Copied(if self.is_shared(buffer) {
            // SAFETY: N-API gives `length` bytes at `data`, which `self` keeps alive. Other threads may write to them
            // meanwhile, so they are read as atomics.
            let bytes = unsafe { slice::from_raw_parts(data.cast::<AtomicU8>(), length) };
            bytes.iter().map(|byte| byte.load(Ordering::Relaxed)).collect()
        } else {
            // SAFETY: as above. Only JavaScript of this thread can write to memory that is not shared, and none runs until
            // the copy is made.
            unsafe { slice::from_raw_parts(data, length) }.to_vec()
        })
    }

    /// None if it is not a typed array.
    fn view(self) -> Option<View> {
        let mut is_typed_array = false;
        // SAFETY: the handle is valid, see `Js`; the result is a local.
        unsafe { sys::napi_is_typedarray(self.env(), self.raw(), &raw mut is_typed_array) };
        if !is_typed_array {
            return None;
        }
        let (mut element, mut length, mut data, mut buffer) = (0, 0, ptr::null_mut(), ptr::null_mut());
        // SAFETY: the handle is valid, see `Js`; the results are locals.
        unsafe {
            sys::napi_get_typedarray_info(
                self.env(),
                self.raw(),
                &raw mut element,
                &raw mut length,
                &raw mut data,
                &raw mut buffer,
                ptr::null_mut(),
            );
        }
        Some(View { element, length, data, buffer })
    }

    fn is_detached(self, buffer: sys::napi_value) -> bool {
        let mut is_detached = false;
        // SAFETY: `view` has put `buffer` into the scope of `self`; the result is a local.
        unsafe { sys::napi_is_detached_arraybuffer(self.env(), buffer, &raw mut is_detached) };
        is_detached
    }

    /// N-API gives the memory of a `SharedArrayBuffer` as a buffer that is not an `ArrayBuffer`.
    fn is_shared(self, buffer: sys::napi_value) -> bool {
        let mut is_own = false;
        // SAFETY: `view` has put `buffer` into the scope of `self`; the result is a local.
        unsafe { sys::napi_is_arraybuffer(self.env(), buffer, &raw mut is_own) };
        !is_own
    }
}
