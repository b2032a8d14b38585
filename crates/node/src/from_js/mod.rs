//! Conversion of JavaScript's values to ours. An error names the path of the value and shows the value. An optional value may
//! be left out; null is allowed only where the type says so.

mod bytes;
mod duration;
mod fields;
mod list;
mod number;
mod path;
mod show;
mod text;

use rivers_storage::Error;

pub use bytes::Uint8Array;
pub use duration::Duration;
pub use fields::Fields;
pub use list::list;
pub use path::ValuePath;
pub use show::show;
pub use text::one_of;

use crate::errors::Failure;
use crate::js::{Js, Kind, Thrown};

pub type Converted<'e, T> = Result<T, Failure<'e>>;

/// A value that is required, and may be null.
pub type Nullable<T> = Option<T>;

pub trait FromJs: Sized {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self>;

    /// The value for null; none if null is not allowed.
    fn from_null() -> Option<Self> {
        None
    }
}

/// A value that is present. `Option<Option<_>>` distinguishes null from an absent value.
impl<T: FromJs> FromJs for Option<T> {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        T::from_js(js, path).map(Some)
    }

    fn from_null() -> Option<Self> {
        Some(T::from_null())
    }
}

pub fn optional<'e, T: FromJs + Default>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, T> {
    match js.kind() {
        Kind::Undefined => Ok(T::default()),
        _ => T::from_js(js, path),
    }
}

pub fn nullable<'e, T: FromJs>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, T> {
    match (js.kind(), T::from_null()) {
        (Kind::Null, Some(null)) => Ok(null),
        _ => T::from_js(js, path),
    }
}

pub fn optional_or_null<'e, T: FromJs + Default>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, T> {
    match js.kind() {
        Kind::Undefined => Ok(T::default()),
        _ => nullable(js, path),
    }
}

pub fn refused<'e>(js: Js<'e>, path: &ValuePath<'_>, expected: &str) -> Failure<'e> {
    Error::invalid(&path.to_string(), show(js), expected).into()
}

/// A getter or a proxy threw while the value was read.
fn unreadable<'e>(thrown: Thrown<'e>, path: &ValuePath<'_>) -> Failure<'e> {
    let error = Error::invalid(&path.to_string(), "an exception", "a value that can be read");
    Failure::new(error, thrown.0)
}
