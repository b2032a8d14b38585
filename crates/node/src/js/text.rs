//! Strings.

use std::ptr;

use napi::sys;

use super::value::Js;

/// Strings of up to about this many bytes are read by one call.
const SHORT: usize = 256;

impl Js<'_> {
    /// None if it is not a string. A lone surrogate becomes U+FFFD.
    pub fn string(self) -> Option<String> {
        let mut short = [0_u8; SHORT];
        let copied = self.copy_string(&mut short)?;
        // N-API leaves out a character that does not fit whole, so a full buffer may lack up to three bytes.
        if copied < SHORT - 4 {
            return String::from_utf8(short.get(..copied)?.to_vec()).ok();
        }
        let mut length = 0;
        // SAFETY: the handle is valid, see `Js`; without a buffer, only the length is written, to a local.
        unsafe { sys::napi_get_value_string_utf8(self.env(), self.raw(), ptr::null_mut(), 0, &raw mut length) };
        let mut long = vec![0; length + 1];
        let copied = self.copy_string(&mut long)?;
        long.truncate(copied);
        String::from_utf8(long).ok()
    }

    fn copy_string(self, to: &mut [u8]) -> Option<usize> {
        let (buffer, size, mut copied) = (to.as_mut_ptr().cast(), to.len(), 0);
        // SAFETY: the handle is valid, see `Js`; N-API writes at most `size` bytes to the buffer, its final zero included.
        let status = unsafe { sys::napi_get_value_string_utf8(self.env(), self.raw(), buffer, size, &raw mut copied) };
        (status == sys::Status::napi_ok).then_some(copied)
    }

    /// Whether a string has surrogates without their partner.
    pub fn has_lone_surrogates(self) -> bool {
        let mut length = 0;
        // SAFETY: the handle is valid, see `Js`; without a buffer, only the length is written, to a local.
        unsafe { sys::napi_get_value_string_utf16(self.env(), self.raw(), ptr::null_mut(), 0, &raw mut length) };
        let mut units = vec![0; length + 1];
        let (buffer, size) = (units.as_mut_ptr(), units.len());
        // SAFETY: as above; N-API writes at most `size` units to the buffer, its final zero included.
        unsafe { sys::napi_get_value_string_utf16(self.env(), self.raw(), buffer, size, &raw mut length) };
        units.truncate(length);
        char::decode_utf16(units).any(|unit| unit.is_err())
    }

    /// A number or a bigint in digits, as JavaScript writes it.
    pub fn digits(self) -> Option<String> {
        // SAFETY: the handle is valid, see `Js`; the result is a local of `derive`.
        let digits = self.derive(|env, value, result| unsafe { sys::napi_coerce_to_string(env, value, result) });
        digits.ok().and_then(Js::string)
    }
}
