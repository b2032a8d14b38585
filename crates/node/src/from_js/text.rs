//! Strings. JavaScript's may have lone surrogates; ours are UTF-8, which has none.

use super::{Converted, FromJs, ValuePath, refused};
use crate::js::Js;

impl FromJs for String {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        let text = js.string().ok_or_else(|| refused(js, path, "a string"))?;
        if text.contains(char::REPLACEMENT_CHARACTER) && js.has_lone_surrogates() {
            return Err(refused(js, path, "a string without lone surrogates"));
        }
        Ok(text)
    }
}

/// One of the strings of a union.
pub fn one_of<'e, T: Copy>(js: Js<'e>, path: &ValuePath<'_>, names: &[(&str, T)]) -> Converted<'e, T> {
    let text = js.string();
    let found = names.iter().find(|(name, _)| text.as_deref() == Some(name));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = names.iter().map(|(name, _)| format!("'{name}'")).collect();
        refused(js, path, &format!("one of {}", names.join(", ")))
    })
}
