//! Objects: declared once, for TypeScript, and converted field by field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Field, Fields, Ident, ItemStruct, Type};

use crate::input_type::input_field;
use crate::word::{c_name, camel_case, inside};

fn model_of(model: TokenStream, shape: &ItemStruct) -> TokenStream {
    let own = &shape.ident;
    if model.is_empty() { quote!(#own) } else { model }
}

fn names(shape: &ItemStruct) -> impl Iterator<Item = (&Ident, &Type)> {
    shape.fields.iter().filter_map(|Field { ident, ty, .. }| Some((ident.as_ref()?, ty)))
}

/// A model of its own is used; another's shape is for TypeScript only.
fn declared(model: &TokenStream, options: &TokenStream, shape: &ItemStruct) -> TokenStream {
    let reason = "only TypeScript looks at it: the model is what is used";
    let unused = (!model.is_empty()).then(|| quote!(#[allow(dead_code, reason = #reason)]));
    quote! {
        #[napi_derive::napi(object, object_from_js = false, object_to_js = false, #options)]
        #unused
        #shape
    }
}

fn shown_input(shape: &ItemStruct) -> ItemStruct {
    let mut shown = shape.clone();
    if let Fields::Named(fields) = &mut shown.fields {
        fields.named = std::mem::take(&mut fields.named).into_iter().map(input_field).collect();
    }
    shown
}

pub fn input(model: TokenStream, shape: &ItemStruct) -> TokenStream {
    let declared = declared(&model, &quote!(), &shown_input(shape));
    let model = model_of(model, shape);
    let js_names = names(shape).map(|(name, _)| camel_case(name));
    let fields = names(shape).zip(0_u32..).map(|((name, ty), index)| {
        let js_name = c_name(name);
        let convert = match inside("Option", ty) {
            Some(inner) if inside("Option", inner).is_some() => quote!(optional_or_null),
            Some(_) => quote!(optional),
            None if inside("Nullable", ty).is_some() => quote!(nullable),
            None => quote!(FromJs::from_js),
        };
        quote!(#name: fields.get_at(#index, #js_name, #convert)?)
    });
    quote! {
        #declared

        impl crate::from_js::FromJs for #model {
            fn from_js<'e>(js: crate::js::Js<'e>, path: &crate::from_js::ValuePath<'_>) -> crate::from_js::Converted<'e, Self> {
                #[allow(unused_imports, reason = "not every object has every kind of field")]
                use crate::from_js::{FromJs, nullable, optional, optional_or_null};
                static SHAPE: crate::js::Shape = crate::js::Shape::new(&[#(#js_names),*]);
                let fields = crate::from_js::Fields::of_shape(js, path, &SHAPE)?;
                Ok(Self { #(#fields),* })
            }
        }
    }
}

pub fn output(model: TokenStream, shape: &ItemStruct) -> TokenStream {
    let declared = declared(&model, &quote!(use_nullable = true), shape);
    let model = model_of(model, shape);
    let names: Vec<_> = names(shape).map(|(name, _)| name).collect();
    let js_names = names.iter().map(|name| camel_case(name));
    quote! {
        #declared

        impl crate::to_js::ToJs for #model {
            fn to_js(self, env: &napi::Env) -> crate::js::JsResult<'_> {
                static SHAPE: crate::js::Shape = crate::js::Shape::new(&[#(#js_names),*]);
                let Self { #(#names),* } = self;
                SHAPE.build(env, [#(crate::to_js::ToJs::to_js(#names, env)?),*])
            }
        }
    }
}
