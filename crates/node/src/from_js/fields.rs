//! Objects. What they have beside the fields that are asked for does not matter.

use std::ffi::CStr;

use super::{Converted, FromJs, ValuePath, refused, unreadable};
use crate::js::{Js, Kind, Taker};

/// The fields of an object.
pub struct Fields<'e, 'a> {
    object: Js<'e>,
    /// Those of a shape, unless reading one threw.
    taken: Option<Js<'e>>,
    path: &'a ValuePath<'a>,
}

impl<'e, 'a> Fields<'e, 'a> {
    pub fn of(js: Js<'e>, path: &'a ValuePath<'a>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::Object => Ok(Self { object: js, taken: None, path }),
            _ => Err(refused(js, path, "an object")),
        }
    }

    pub fn of_shape(js: Js<'e>, path: &'a ValuePath<'a>, taker: &Taker) -> Converted<'e, Self> {
        let fields = Self::of(js, path)?;
        Ok(Self { taken: taker.take(js), ..fields })
    }

    /// The one that the taker took at this place.
    pub fn get_taken<T>(
        &self,
        place: u32,
        name: &CStr,
        convert: impl FnOnce(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
    ) -> Converted<'e, T> {
        match self.taken.map(|taken| taken.element(place)) {
            Some(Ok(field)) => convert(field, &ValuePath::Field(self.path, name)),
            // Asked for by itself, it says whether it is the one that cannot be read.
            _ => self.get(name, convert),
        }
    }

    /// `convert` says whether the field may be left out or be null.
    pub fn get<T>(
        &self,
        name: &CStr,
        convert: impl FnOnce(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
    ) -> Converted<'e, T> {
        let path = ValuePath::Field(self.path, name);
        let field = self.object.field(name).map_err(|thrown| unreadable(thrown, &path))?;
        convert(field, &path)
    }

    /// Of an object whose keys are the caller's: all of them, in the object's order.
    pub fn entries<T: FromJs>(&self) -> Converted<'e, Vec<(String, T)>> {
        let no_keys = |thrown| unreadable(thrown, self.path);
        let keys = self.object.keys().map_err(no_keys)?;
        let mut entries = Vec::new();
        for index in 0..keys.length() {
            let key = keys.element(index).map_err(no_keys)?;
            let name = String::from_js(key, self.path)?;
            let path = ValuePath::Key(self.path, &name);
            let value = self.object.property(key).map_err(|thrown| unreadable(thrown, &path))?;
            let value = T::from_js(value, &path)?;
            entries.push((name, value));
        }
        Ok(entries)
    }
}
