//! Objects. What they have beside the fields that are asked for does not matter.

use std::ffi::CStr;

use super::{At, Converted, FromJs, refused, unreadable};
use crate::js::{Js, Kind};

/// The fields of an object.
pub struct Fields<'e, 'a> {
    object: Js<'e>,
    at: &'a At<'a>,
}

impl<'e, 'a> Fields<'e, 'a> {
    pub fn of(js: Js<'e>, at: &'a At<'a>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::Object => Ok(Self { object: js, at }),
            _ => Err(refused(js, at, "an object")),
        }
    }

    /// `convert` says whether the field may be left out or be null.
    pub fn get<T>(&self, name: &CStr, convert: impl FnOnce(Js<'e>, &At<'_>) -> Converted<'e, T>) -> Converted<'e, T> {
        let at = At::Field(self.at, name);
        let field = self.object.field(name).map_err(|thrown| unreadable(thrown, &at))?;
        convert(field, &at)
    }

    /// Of an object whose keys are the caller's: all of them, in the object's order.
    pub fn entries<T: FromJs>(&self) -> Converted<'e, Vec<(String, T)>> {
        let no_keys = |thrown| unreadable(thrown, self.at);
        let keys = self.object.keys().map_err(no_keys)?;
        let mut entries = Vec::new();
        for index in 0..keys.length() {
            let key = keys.element(index).map_err(no_keys)?;
            let name = String::from_js(key, self.at)?;
            let at = At::Key(self.at, &name);
            let value = self.object.property(key).map_err(|thrown| unreadable(thrown, &at))?;
            let value = T::from_js(value, &at)?;
            entries.push((name, value));
        }
        Ok(entries)
    }
}
