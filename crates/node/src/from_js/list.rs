//! Arrays, and pairs, which are arrays of two.

use super::{Converted, FromJs, ValuePath, refused, unreadable};
use crate::js::{Js, Kind};

/// An array may claim any length, so at most this capacity is reserved before its elements are read.
const FIRST_CAPACITY: u32 = 1024;

fn element<'e, T>(
    array: Js<'e>,
    path: &ValuePath<'_>,
    index: u32,
    convert: impl FnOnce(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
) -> Converted<'e, T> {
    let path = ValuePath::Element(path, index);
    let element = array.element(index).map_err(|thrown| unreadable(thrown, &path))?;
    convert(element, &path)
}

pub fn list<'e, T>(
    js: Js<'e>,
    path: &ValuePath<'_>,
    mut convert: impl FnMut(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
) -> Converted<'e, Vec<T>> {
    if js.kind() != Kind::Array {
        return Err(refused(js, path, "an array"));
    }
    let length = js.length();
    let mut list = Vec::with_capacity(length.min(FIRST_CAPACITY) as usize);
    for index in 0..length {
        list.push(element(js, path, index, &mut convert)?);
    }
    Ok(list)
}

impl<T: FromJs> FromJs for Vec<T> {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        list(js, path, T::from_js)
    }
}

impl<A: FromJs, B: FromJs> FromJs for (A, B) {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        if js.kind() != Kind::Array || js.length() != 2 {
            return Err(refused(js, path, "an array of two"));
        }
        Ok((element(js, path, 0, A::from_js)?, element(js, path, 1, B::from_js)?))
    }
}
