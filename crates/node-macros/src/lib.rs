//! The addon's attributes. Each stands for code that would otherwise be written twice and drift
//! apart: the two forms of an operation, and the TypeScript and Rust sides of an object.

mod dual;
mod input_type;
mod names;
mod shape;
mod word;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Above `#[napi] impl Storage`. Every `async fn` in it becomes a method that gives a promise and one
/// that blocks, `…Sync`, whose documentation refers to the first.
///
/// The first parameter is `store: &Store`, the store of an open storage, `scope: &Arc<WaitScope>`, its waits and leases,
/// or `opening: Opening`: then the methods are static. The others are the arguments: `Option` may be left out, `Nullable`
/// may be null. Marks: `#[off_event_loop]` may touch many rows, so its promise form never runs on the event
/// loop; `#[sync_only]` has only a blocking form, under its plain name.
#[proc_macro_attribute]
pub fn dual(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::ItemImpl);
    dual::expand(item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// `#[input(path::Model)]`: an object that callers give.
///
/// The struct is what TypeScript sees: its arrays are `readonly`, and fields that may be left out may be
/// `undefined`. The fields of the same names in the model are filled. Without a model, the struct is its
/// own.
#[proc_macro_attribute]
pub fn input(model: TokenStream, item: TokenStream) -> TokenStream {
    let shape = parse_macro_input!(item as syn::ItemStruct);
    shape::input(model.into(), &shape).into()
}

/// `#[output(path::Model)]`: an object that callers get. The struct is what TypeScript sees; all
/// fields of the model must be in it. Without a model, the struct is its own.
#[proc_macro_attribute]
pub fn output(model: TokenStream, item: TokenStream) -> TokenStream {
    let shape = parse_macro_input!(item as syn::ItemStruct);
    shape::output(model.into(), &shape).into()
}

/// `#[names(path::Model)]`: a union of strings. Each variant is spelled as it is, or as
/// `#[name("…")]` says; the model must have the same variants.
#[proc_macro_attribute]
pub fn names(model: TokenStream, item: TokenStream) -> TokenStream {
    let names = parse_macro_input!(item as syn::ItemEnum);
    names::expand(model.into(), names).unwrap_or_else(syn::Error::into_compile_error).into()
}
