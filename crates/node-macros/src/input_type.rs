//! Types of inputs, in TypeScript.

use quote::ToTokens;
use syn::{Field, Type, parse_quote};

use crate::word::{inside, last_word};

/// Arrays are `readonly`, so that callers may pass frozen ones.
pub fn input_type(ty: &Type) -> String {
    if let Type::Tuple(tuple) = ty {
        let elements: Vec<String> = tuple.elems.iter().map(input_type).collect();
        return format!("readonly [{}]", elements.join(", "));
    }
    if let Some(element) = inside("Vec", ty).map(input_type) {
        let element = if element.contains(' ') { format!("({element})") } else { element };
        return format!("readonly {element}[]");
    }
    if let Some(value) = inside("Option", ty).or_else(|| inside("Nullable", ty)) {
        return format!("{} | null", input_type(value));
    }
    match last_word(ty).unwrap_or_else(|| ty.to_token_stream().to_string()).as_str() {
        "String" => "string".to_owned(),
        "bool" => "boolean".to_owned(),
        "i32" | "i64" | "u32" | "u64" | "usize" => "number".to_owned(),
        named => named.to_owned(),
    }
}

/// The field with its type in TypeScript, unless an attribute has that already. `| undefined` lets callers
/// that compile with `exactOptionalPropertyTypes` pass a value that they may not have.
pub fn input_field(mut field: Field) -> Field {
    if field.attrs.iter().any(|attribute| attribute.path().is_ident("napi")) {
        return field;
    }
    let shown = match inside("Option", &field.ty) {
        Some(value) => format!("{} | undefined", input_type(value)),
        None => input_type(&field.ty),
    };
    field.attrs.push(parse_quote!(#[napi(ts_type = #shown)]));
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_pairs_are_readonly() {
        let shown = |ty: Type| input_type(&ty);
        assert_eq!(shown(parse_quote!(Vec<String>)), "readonly string[]");
        assert_eq!(shown(parse_quote!(Vec<(String, i64)>)), "readonly (readonly [string, number])[]");
        assert_eq!(shown(parse_quote!(runs::RunStatus)), "RunStatus");
        assert_eq!(shown(parse_quote!(Nullable<String>)), "string | null");
    }

    #[test]
    fn an_optional_field_may_be_undefined_and_only_a_nullable_one_null() {
        let field =
            |field: Field| input_field(field).attrs.last().map(|attribute| quote::quote!(#attribute).to_string());
        let attribute = |ty: &str| Some(format!("# [napi (ts_type = \"{ty}\")]"));
        assert_eq!(field(parse_quote!(pub id: Option<String>)), attribute("string | undefined"));
        assert_eq!(field(parse_quote!(pub id: Option<Option<bool>>)), attribute("boolean | null | undefined"));
        assert_eq!(field(parse_quote!(#[napi(ts_type = "0")] pub id: u32)), attribute("0"));
    }
}
