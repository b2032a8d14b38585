//! Bytes, copied before the call returns.

use super::{Converted, FromJs, ValuePath, refused};
use crate::js::{Bytes, Js};

/// Named as in binding.d.ts. A `Buffer` is one, too.
pub struct Uint8Array(pub Vec<u8>);

impl FromJs for Uint8Array {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        match js.bytes() {
            Bytes::Copied(bytes) => Ok(Self(bytes)),
            Bytes::Detached => Err(refused(js, path, "a Uint8Array that is not detached")),
            Bytes::Other => Err(refused(js, path, "a Uint8Array")),
        }
    }
}
