//! Names as JavaScript spells them, and types as their words say.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use std::ffi::CString;
use syn::{GenericArgument, Ident, PathArguments, Type};

pub fn camel_case(name: &Ident) -> String {
    let name = name.to_string();
    let mut words = name.trim_start_matches("r#").split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// A `&CStr` for N-API, which takes names that end with a zero.
pub fn c_name(name: &Ident) -> TokenStream {
    let name = Literal::c_string(&CString::new(camel_case(name)).unwrap_or_default());
    quote!(#name)
}

/// `Word`, of a type written `path::Word`.
pub fn last_word(of: &Type) -> Option<String> {
    let Type::Path(path) = of else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

/// `T`, of a type written `word<T>`.
pub fn inside<'t>(word: &str, of: &'t Type) -> Option<&'t Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == word)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::format_ident;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn names_are_spelled_as_javascript_does() {
        for (rust, js) in [("run", "run"), ("run_id", "runId"), ("is_a_b", "isAB"), ("r#type", "type")] {
            let name = rust.strip_prefix("r#").map_or_else(|| format_ident!("{rust}"), |raw| format_ident!("r#{raw}"));
            assert_eq!(camel_case(&name), js);
        }
    }

    #[test]
    fn a_type_is_looked_into_by_its_last_word() {
        let optional: Type = parse_quote!(std::option::Option<Vec<u8>>);
        assert_eq!(inside("Option", &optional).map(|ty| quote!(#ty).to_string()).as_deref(), Some("Vec < u8 >"));
        assert!(inside("Vec", &optional).is_none());
        assert!(inside("Option", &parse_quote!(Option)).is_none());
    }
}
