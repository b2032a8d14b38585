//! Fields of objects that others made.

use napi::Env;

use super::script::Script;
use super::value::Js;

/// Takes them all in one call, which is faster than to ask for one after the other.
pub struct Taker {
    fields: &'static [&'static str],
    script: Script,
}

impl Taker {
    pub const fn new(fields: &'static [&'static str]) -> Self {
        Self { fields, script: Script::new() }
    }

    /// In an array. None if a getter or a proxy threw.
    pub fn take<'e>(&self, object: Js<'e>) -> Option<Js<'e>> {
        let env = Env::from_raw(object.env());
        let taken = self.script.call(&env, || self.source(), [object]).ok()?;
        Some(object.beside(taken.raw()))
    }

    fn source(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|name| format!("of.{name}")).collect();
        format!("of => [{}]", fields.join(", "))
    }
}
