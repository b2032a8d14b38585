//! Arguments and answers of a query in JavaScript.

use napi::Env;
use rivers_storage_surrealql::PlainValue;

use crate::from_js::{Converted, Fields, FromJs, Uint8Array, ValuePath, list, refused};
use crate::js::{Js, JsResult, Kind};
use crate::to_js::{Buffer, Dictionary, ToJs};

/// From here on a number is not exact.
const INEXACT: u64 = 1 << 53;
/// A variable may be a cycle.
const MAX_DEPTH: usize = 100;

impl ToJs for PlainValue {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        match self {
            Self::Null => Js::null(env),
            Self::Bool(value) => value.to_js(env),
            Self::Int(value) if value.unsigned_abs() < INEXACT => value.to_js(env),
            Self::Int(value) => Js::from_bigint(env, value),
            Self::Float(value) => value.to_js(env),
            Self::Text(value) => value.to_js(env),
            Self::Bytes(value) => Buffer(value).to_js(env),
            Self::Time(value) => value.to_js(env),
            Self::List(values) => values.to_js(env),
            Self::Object(fields) => Dictionary(fields).to_js(env),
        }
    }
}

/// Names and values to bind.
#[derive(Default)]
pub struct Variables(pub Vec<(String, PlainValue)>);

impl FromJs for Variables {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        fields(js, path).map(Self)
    }
}

/// Without those whose value is undefined.
fn fields<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Vec<(String, PlainValue)>> {
    let entries = Fields::of(js, path)?.entries::<Variable>()?;
    Ok(entries.into_iter().filter_map(|(name, Variable(value))| Some((name, value?))).collect())
}

/// None for undefined.
struct Variable(Option<PlainValue>);

impl FromJs for Variable {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        let expected = |expected| refused(js, path, expected);
        if path.depth() > MAX_DEPTH {
            return Err(expected("values that are not nested that deep"));
        }
        Ok(Self(Some(match js.kind() {
            Kind::Undefined => return Ok(Self(None)),
            Kind::Null => PlainValue::Null,
            Kind::Boolean => PlainValue::Bool(bool::from_js(js, path)?),
            Kind::Number => number(js.number().unwrap_or(f64::NAN)),
            Kind::BigInt => {
                let digits = js.digits().and_then(|digits| digits.parse().ok());
                PlainValue::Int(digits.ok_or_else(|| expected("a bigint of 64 bits"))?)
            }
            Kind::String => PlainValue::Text(String::from_js(js, path)?),
            Kind::Array => {
                let values = list(js, path, Self::from_js)?;
                PlainValue::List(values.into_iter().map(|Self(value)| value.unwrap_or(PlainValue::Null)).collect())
            }
            Kind::Object if js.is_typed_array() => PlainValue::Bytes(Uint8Array::from_js(js, path)?.0),
            Kind::Object => match js.time() {
                Some(time) if time.is_nan() => return Err(expected("a valid date")),
                #[expect(clippy::cast_possible_truncation, reason = "a Date has whole milliseconds, below 2^53")]
                Some(time) => PlainValue::Time(time as i64),
                None if js.is_plain() => PlainValue::Object(fields(js, path)?),
                None => return Err(expected("a plain object, a Date or a Uint8Array")),
            },
            Kind::Symbol | Kind::Function => return Err(expected("a value that can be bound")),
        })))
    }
}

/// SurrealDB distinguishes integers from other numbers.
fn number(number: f64) -> PlainValue {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "below 2^53")]
    if number.fract() == 0.0 && number.abs() < INEXACT as f64 {
        PlainValue::Int(number as i64)
    } else {
        PlainValue::Float(number)
    }
}
