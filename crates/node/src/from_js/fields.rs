//! Objects. Fields that are not asked for are ignored.

use std::ffi::CStr;

use super::{Converted, FromJs, ValuePath, refused, unreadable};
use crate::js::{Js, Kind, Shape};

/// The fields of an object.
pub struct Fields<'e, 'a> {
    object: Js<'e>,
    /// The values of a shape's fields, unless reading one of them threw.
    values: Option<Js<'e>>,
    path: &'a ValuePath<'a>,
}

impl<'e, 'a> Fields<'e, 'a> {
    pub fn of(js: Js<'e>, path: &'a ValuePath<'a>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::Object => Ok(Self { object: js, values: None, path }),
            _ => Err(refused(js, path, "an object")),
        }
    }

    pub fn of_shape(js: Js<'e>, path: &'a ValuePath<'a>, shape: &Shape) -> Converted<'e, Self> {
        let fields = Self::of(js, path)?;
        Ok(Self { values: shape.read(js), ..fields })
    }

    /// The shape's field at this index.
    pub fn get_at<T>(
        &self,
        index: u32,
        name: &CStr,
        convert: impl FnOnce(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
    ) -> Converted<'e, T> {
        match self.values.map(|values| values.element(index)) {
            Some(Ok(field)) => convert(field, &ValuePath::Field(self.path, name)),
            // Reading the fields one by one finds the one that throws.
            _ => self.get(name, convert),
        }
    }

    /// `convert` decides whether the field may be left out or null.
    pub fn get<T>(
        &self,
        name: &CStr,
        convert: impl FnOnce(Js<'e>, &ValuePath<'_>) -> Converted<'e, T>,
    ) -> Converted<'e, T> {
        let path = ValuePath::Field(self.path, name);
        let field = self.object.field(name).map_err(|thrown| unreadable(thrown, &path))?;
        convert(field, &path)
    }

    /// All fields of an object whose keys are data, in the object's order.
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
