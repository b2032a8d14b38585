//! Objects with a fixed list of fields.

use napi::Env;

use super::script::Script;
use super::value::{Js, JsResult};

/// Reads or builds such an object by one call of a JavaScript function. V8 compiles that function, so it is several times
/// as fast as one N-API call for each field.
pub struct Shape {
    fields: &'static [&'static str],
    reader: Script,
    builder: Script,
}

impl Shape {
    pub const fn new(fields: &'static [&'static str]) -> Self {
        Self { fields, reader: Script::new(), builder: Script::new() }
    }

    /// An array of the values of the fields, in their order. None if a getter or a proxy throws.
    pub fn read<'e>(&self, object: Js<'e>) -> Option<Js<'e>> {
        let env = Env::from_raw(object.env());
        let values = self.reader.call(&env, || reader(self.fields), [object]).ok()?;
        // SAFETY: the function has put the array into the current scope, which `object` borrows as well.
        Some(unsafe { Js::from_raw(object.env(), values.raw()) })
    }

    /// An object, from the values of the fields in their order.
    pub fn build<'e, const N: usize>(&self, env: &'e Env, values: [Js<'e>; N]) -> JsResult<'e> {
        self.builder.call(env, || builder(self.fields), values)
    }
}

fn reader(fields: &[&str]) -> String {
    let values: Vec<String> = fields.iter().map(|name| format!("object.{name}")).collect();
    format!("object => [{}]", values.join(", "))
}

fn builder(fields: &[&str]) -> String {
    let parameters: Vec<String> = (0..fields.len()).map(|index| format!("v{index}")).collect();
    let properties: Vec<String> =
        fields.iter().zip(&parameters).map(|(name, value)| format!("{name}: {value}")).collect();
    format!("({}) => ({{ {} }})", parameters.join(", "), properties.join(", "))
}
