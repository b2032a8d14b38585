//! Integers in a range, and booleans.

use super::{Converted, FromJs, ValuePath, refused};
use crate::js::Js;

/// `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

fn whole<'e>(js: Js<'e>, path: &ValuePath<'_>, least: f64, most: f64) -> Converted<'e, f64> {
    match js.number() {
        Some(number) if number.fract() == 0.0 && (least..=most).contains(&number) => Ok(number),
        _ => Err(refused(js, path, &format!("an integer from {least} to {most}"))),
    }
}

macro_rules! integers {
    ($($type:ty: $least:expr, $most:expr;)*) => {$(
        impl FromJs for $type {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
            fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
                whole(js, path, $least, $most).map(|number| number as Self)
            }
        }
    )*};
}

integers! {
    i32: f64::from(i32::MIN), f64::from(i32::MAX);
    i64: -MAX_SAFE, MAX_SAFE;
    u32: 0.0, f64::from(u32::MAX);
    u64: 0.0, MAX_SAFE;
    usize: 0.0, MAX_SAFE;
}

impl FromJs for bool {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        js.boolean().ok_or_else(|| refused(js, path, "true or false"))
    }
}
