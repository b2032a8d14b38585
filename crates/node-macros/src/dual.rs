//! Two call forms of an operation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, Result, ReturnType, Type, parse_quote};

use crate::input_type::input_type;
use crate::word::{camel_case, inside};

pub fn expand(mut block: ItemImpl) -> Result<TokenStream> {
    let class = block.self_ty.clone();
    let mut operations = Vec::new();
    let mut methods = Vec::new();
    for item in std::mem::take(&mut block.items) {
        match item {
            ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                let operation = Operation::parse(function)?;
                methods.extend(operation.methods());
                operations.push(operation.function);
            }
            other => methods.push(other),
        }
    }
    block.items = methods;
    Ok(quote! {
        impl #class { #(#operations)* }
        #block
    })
}

struct Argument {
    name: Ident,
    ty: Type,
}

struct Operation {
    name: Ident,
    documentation: Vec<Attribute>,
    /// What the operation works on, by the name of its first parameter.
    subject: Subject,
    arguments: Vec<Argument>,
    shown: TokenStream,
    is_off_event_loop: bool,
    is_sync_only: bool,
    /// What does it, under another name.
    function: ImplItemFn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Store,
    Scope,
    Process,
}

impl Operation {
    fn parse(mut function: ImplItemFn) -> Result<Self> {
        let name = function.sig.ident.clone();
        let (documentation, marks): (Vec<_>, Vec<_>) =
            function.attrs.drain(..).partition(|attribute| attribute.path().is_ident("doc"));
        let is_marked = |mark| marks.iter().any(|attribute| attribute.path().is_ident(mark));
        let mut parameters = function.sig.inputs.iter().map(argument);
        let subject = match parameters.next().transpose()? {
            Some(first) if first.name == "store" => Subject::Store,
            Some(first) if first.name == "scope" => Subject::Scope,
            Some(first) if first.name == "opening" => Subject::Process,
            _ => return Err(Error::new_spanned(&name, "the first parameter is `store`, `scope` or `opening`")),
        };
        let operation = Self {
            subject,
            arguments: parameters.collect::<Result<_>>()?,
            shown: shown_result(&function)?,
            is_off_event_loop: is_marked("off_event_loop"),
            is_sync_only: is_marked("sync_only"),
            documentation,
            function: ImplItemFn { vis: syn::Visibility::Inherited, ..function },
            name,
        };
        Ok(operation.renamed())
    }

    fn renamed(mut self) -> Self {
        self.function.sig.ident = format_ident!("{}_operation", self.name);
        self
    }

    fn methods(&self) -> Vec<ImplItem> {
        let plain = &self.name;
        let sync = format_ident!("{}_sync", self.name);
        if self.is_sync_only {
            return vec![self.method(plain, Form::Sync, &self.documentation)];
        }
        let of_plain = format!(" Blocking form of {{@link {}}}.", camel_case(plain));
        let of_plain: Attribute = parse_quote!(#[doc = #of_plain]);
        vec![self.method(plain, Form::Promise, &self.documentation), self.method(&sync, Form::Sync, &[of_plain])]
    }

    fn method(&self, name: &Ident, form: Form, documentation: &[Attribute]) -> ImplItem {
        let shown = &self.shown;
        let (returned, call) = match form {
            Form::Promise => (quote!(crate::js::typed::Promise<#shown>), quote!(crate::call::promise)),
            Form::Sync => (quote!(crate::js::typed::Arc<#shown>), quote!(crate::call::sync)),
        };
        let parameters = self.arguments.iter().map(Argument::parameter);
        let conversions = self.arguments.iter().map(Argument::conversion);
        let arguments = self.arguments.iter().map(|argument| &argument.name);
        let operation = &self.function.sig.ident;
        let is_off_event_loop = self.is_off_event_loop;
        let on_open = |part: TokenStream, arguments: TokenStream| {
            let prepared = quote! {
                let entered = self.enter()?;
                let runs_inline = !#is_off_event_loop && entered.runs_inline();
                let future = async move { Self::#operation(entered.#part, #arguments).await };
            };
            (Some(quote!(&self,)), prepared)
        };
        let arguments = quote!(#(#arguments),*);
        let (receiver, prepared) = match self.subject {
            Subject::Store => on_open(quote!(store()), arguments),
            Subject::Scope => on_open(quote!(scope()), arguments),
            Subject::Process => (
                None,
                quote! {
                    let opening = crate::opening::Opening::begin(env)?;
                    let runs_inline = false;
                    let future = crate::runtime::on_runtime(Self::#operation(opening, #arguments));
                },
            ),
        };
        parse_quote! {
            #(#documentation)*
            #[napi]
            pub fn #name(#receiver env: &napi::Env, #(#parameters),*) -> #returned {
                #call(env, || {
                    #(#conversions)*
                    #prepared
                    Ok(crate::call::Prepared { future, runs_inline })
                })
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Form {
    Promise,
    Sync,
}

impl Argument {
    /// Unconverted: the generator of types takes the type from the attribute. It knows an optional
    /// parameter by the name of its Rust type alone.
    fn parameter(&self) -> TokenStream {
        let Self { name, ty } = self;
        let (shown, handle) = match inside("Option", ty) {
            Some(inner) => (input_type(inner), quote!(crate::js::typed::Option)),
            None => (input_type(ty), quote!(crate::js::typed::Arc)),
        };
        quote!(#[napi(ts_arg_type = #shown)] #name: #handle<crate::js::typed::Unknown>)
    }

    fn conversion(&self) -> TokenStream {
        let Self { name, ty } = self;
        let js_name = camel_case(name);
        let convert = if inside("Option", ty).is_some() {
            quote!(crate::from_js::optional)
        } else if inside("Nullable", ty).is_some() {
            quote!(crate::from_js::nullable)
        } else {
            quote!(crate::from_js::FromJs::from_js)
        };
        quote!(let #name: #ty = #convert(#name.js(), &crate::from_js::ValuePath::Argument(#js_name))?;)
    }
}

fn argument(parameter: &FnArg) -> Result<Argument> {
    let FnArg::Typed(parameter) = parameter else {
        return Err(Error::new_spanned(parameter, "an operation has no `self`"));
    };
    let Pat::Ident(name) = parameter.pat.as_ref() else {
        return Err(Error::new_spanned(&parameter.pat, "an argument has a name"));
    };
    Ok(Argument { name: name.ident.clone(), ty: parameter.ty.as_ref().clone() })
}

/// What is in the `Result`, in the words of the generator: what is absent is null.
fn shown_result(function: &ImplItemFn) -> Result<TokenStream> {
    let ReturnType::Type(_, returned) = &function.sig.output else {
        return Err(Error::new_spanned(&function.sig, "an operation returns a Result"));
    };
    let Some(result) = inside("Result", returned) else {
        return Err(Error::new_spanned(returned, "an operation returns a Result"));
    };
    Ok(match (result, inside("Option", result)) {
        (Type::Tuple(nothing), _) if nothing.elems.is_empty() => quote!(crate::js::typed::void),
        (_, Some(value)) => quote!(crate::js::typed::Either<#value, crate::js::typed::Null>),
        (result, None) => quote!(#result),
    })
}
