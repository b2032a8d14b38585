//! Unions of strings.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, ItemEnum, LitStr, Result};

/// Takes `#[name("…")]` out of the attributes.
fn spelling(attributes: &mut Vec<Attribute>) -> Result<Option<LitStr>> {
    let Some(at) = attributes.iter().position(|attribute| attribute.path().is_ident("name")) else { return Ok(None) };
    attributes.remove(at).parse_args().map(Some)
}

pub fn expand(model: TokenStream, mut names: ItemEnum) -> Result<TokenStream> {
    let own = &names.ident;
    let model = if model.is_empty() { quote!(#own) } else { model };
    let mut variants = Vec::new();
    let mut spellings = Vec::new();
    for variant in &mut names.variants {
        let ident = &variant.ident;
        let spelled = spelling(&mut variant.attrs)?.unwrap_or_else(|| LitStr::new(&ident.to_string(), ident.span()));
        variants.push(ident.clone());
        variant.attrs.push(syn::parse_quote!(#[napi(value = #spelled)]));
        spellings.push(spelled);
    }
    Ok(quote! {
        #[napi_derive::napi(string_enum, object_from_js = false, object_to_js = false)]
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[allow(dead_code, reason = "only TypeScript looks at it: the model is what is used")]
        #names

        impl crate::from_js::FromJs for #model {
            fn from_js<'e>(js: crate::js::Js<'e>, path: &crate::from_js::ValuePath<'_>) -> crate::from_js::Converted<'e, Self> {
                crate::from_js::one_of(js, path, &[#((#spellings, Self::#variants)),*])
            }
        }

        impl crate::to_js::ToJs for #model {
            fn to_js(self, env: &napi::Env) -> crate::js::JsResult<'_> {
                let name = match self { #(Self::#variants => #spellings),* };
                crate::to_js::ToJs::to_js(name, env)
            }
        }
    })
}
