//! The code that the attribute puts beside the function. Its names begin with `__`, so that they hide none of the
//! author's.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result, TypeReference};

use crate::arguments::Arguments;
use crate::signature::{Form, state};

/// The function, a type of the same name that implements `Transform`, and the exports.
pub(crate) fn expand(arguments: &Arguments, function: &ItemFn) -> Result<TokenStream> {
    let form = arguments.form.unwrap_or_else(|| Form::of(function));
    let state = state(function, form)?;
    let state_type = state.map_or_else(
        || quote!(()),
        |state| {
            let state = &state.elem;
            quote!(#state)
        },
    );
    let (name, vis) = (&function.sig.ident, &function.vis);
    let manifest = manifest(arguments);
    let setup = setup(arguments, state);
    let process = process(form, function, state);
    Ok(quote! {
        #function

        #[doc = "The transform that this function is, for the test harness."]
        #[allow(non_camel_case_types, reason = "named like the function")]
        #vis enum #name {}

        // Nothing else uses it in a native build, and the compiler would call all of the transform unused.
        const _: ::core::marker::PhantomData<#name> = ::core::marker::PhantomData;

        impl ::telesieve_guest::Transform for #name {
            type State = #state_type;

            fn manifest() -> ::telesieve_guest::Manifest {
                #manifest
            }

            fn setup(
                __settings: &str,
                __setup: &mut ::telesieve_guest::Setup,
            ) -> ::core::result::Result<Self::State, ::telesieve_guest::SettingError> {
                #setup
            }

            fn process(
                __state: &mut Self::State,
                __batch: &::telesieve_guest::Batch,
                __script: &mut ::telesieve_guest::Script,
            ) -> ::telesieve_guest::Result<()> {
                #process
            }
        }

        #[cfg(target_arch = "wasm32")]
        ::telesieve_guest::export!(#name);
    })
}

/// The function as it is, so that one error is reported once.
pub(crate) fn with_error(error: &Error, function: &ItemFn) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #function)
}

fn manifest(arguments: &Arguments) -> TokenStream {
    let kind = &arguments.kind;
    let name = arguments.name.as_ref().map_or_else(|| quote!(::core::env!("CARGO_PKG_NAME")), |name| quote!(#name));
    quote! {
        ::telesieve_guest::Manifest {
            name: ::std::string::String::from(#name),
            version: ::std::string::String::from(::core::env!("CARGO_PKG_VERSION")),
            kind: ::telesieve_guest::TransformKind::#kind,
        }
    }
}

fn setup(arguments: &Arguments, state: Option<&TypeReference>) -> TokenStream {
    match (&arguments.setup, state) {
        (Some(path), _) => quote!(::telesieve_guest::glue::setup(__settings, __setup, #path)),
        (None, Some(_)) => quote!(::telesieve_guest::glue::settings(__settings, __setup)),
        (None, None) => quote!(::telesieve_guest::glue::no_settings(__settings, __setup)),
    }
}

fn process(form: Form, function: &ItemFn, state: Option<&TypeReference>) -> TokenStream {
    let name = &function.sig.ident;
    let state = state.map(|state| if state.mutability.is_some() { quote!(__state) } else { quote!(&*__state) });
    match form {
        Form::Record => quote! {
            let _ = &__state;
            ::telesieve_guest::glue::by_record(__batch, __script, |__event, __edit| #name(__event, __edit, #state))
        },
        Form::Recipe => quote! {
            let _ = &__state;
            ::telesieve_guest::glue::by_recipe(__batch, __script, |__event| #name(__event, #state))
        },
        Form::Batch => quote! {
            let _ = &__state;
            ::telesieve_guest::Verdict::result(#name(__batch, __script, #state))
        },
    }
}
