//! Objects. What they have beside the fields that are asked for does not matter.

use std::ffi::CStr;

use super::{At, Converted, FromJs, refused, unreadable};
use crate::js::{Js, Kind, Taker};

/// The fields of an object.
pub struct Fields<'e, 'a> {
    object: Js<'e>,
    /// Those of a shape, unless reading one threw.
    taken: Option<Js<'e>>,
    at: &'a At<'a>,
}

impl<'e, 'a> Fields<'e, 'a> {
    pub fn of(js: Js<'e>, at: &'a At<'a>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::Object => Ok(Self { object: js, taken: None, at }),
            _ => Err(refused(js, at, "an object")),
        }
    }

    pub fn of_shape(js: Js<'e>, at: &'a At<'a>, taker: &Taker) -> Converted<'e, Self> {
        let fields = Self::of(js, at)?;
        Ok(Self { taken: taker.take(js), ..fields })
    }

    /// The one that the taker took at this place.
    pub fn get_taken<T>(
        &self,
        place: u32,
        name: &CStr,
        convert: impl FnOnce(Js<'e>, &At<'_>) -> Converted<'e, T>,
    ) -> Converted<'e, T> {
        match self.taken.map(|taken| taken.element(place)) {
            Some(Ok(field)) => convert(field, &At::Field(self.at, name)),
            // Asked for by itself, it says whether it is the one that cannot be read.
            _ => self.get(name, convert),
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
