//! Arrays, and pairs, which are arrays of two.

use super::{At, Converted, FromJs, refused, unreadable};
use crate::js::{Js, Kind};

/// An array may claim any length: room is made for what it really holds.
const FIRST_ROOM: u32 = 1024;

fn element<'e, T>(
    array: Js<'e>,
    at: &At<'_>,
    index: u32,
    convert: impl FnOnce(Js<'e>, &At<'_>) -> Converted<'e, T>,
) -> Converted<'e, T> {
    let at = At::Element(at, index);
    let element = array.element(index).map_err(|thrown| unreadable(thrown, &at))?;
    convert(element, &at)
}

pub fn list<'e, T>(
    js: Js<'e>,
    at: &At<'_>,
    mut convert: impl FnMut(Js<'e>, &At<'_>) -> Converted<'e, T>,
) -> Converted<'e, Vec<T>> {
    if js.kind() != Kind::Array {
        return Err(refused(js, at, "an array"));
    }
    let length = js.length();
    let mut list = Vec::with_capacity(length.min(FIRST_ROOM) as usize);
    for index in 0..length {
        list.push(element(js, at, index, &mut convert)?);
    }
    Ok(list)
}

impl<T: FromJs> FromJs for Vec<T> {
    fn from_js<'e>(js: Js<'e>, at: &At<'_>) -> Converted<'e, Self> {
        list(js, at, T::from_js)
    }
}

impl<A: FromJs, B: FromJs> FromJs for (A, B) {
    fn from_js<'e>(js: Js<'e>, at: &At<'_>) -> Converted<'e, Self> {
        if js.kind() != Kind::Array || js.length() != 2 {
            return Err(refused(js, at, "an array of two"));
        }
        Ok((element(js, at, 0, A::from_js)?, element(js, at, 1, B::from_js)?))
    }
}
