//! Durations: milliseconds, or a string such as '1h30m'.

use rivers_storage::duration;

use super::{Converted, FromJs, ValuePath, refused};
use crate::js::{Js, Kind};

#[derive(Clone, Copy)]
pub struct Duration {
    pub millis: i64,
}

impl FromJs for Duration {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        let name = path.to_string();
        let millis = match js.kind() {
            Kind::Number => duration::from_millis(&name, js.number().unwrap_or(f64::NAN))?,
            Kind::String => duration::parse(&name, &String::from_js(js, path)?)?,
            _ => return Err(refused(js, path, duration::EXPECTED)),
        };
        Ok(Self { millis })
    }
}

mod shown {
    use napi::bindgen_prelude::Either;
    use napi_derive::napi;

    /// A span of time: milliseconds, or a text such as '90s', '1h30m', '250ms', '1.5h' or '2 days'. Fractions of a
    /// millisecond are cut off. At most 4294967295 seconds.
    #[napi]
    #[allow(dead_code, reason = "only TypeScript looks at it")]
    pub type Duration = Either<f64, String>;
}
