//! The code that the attribute puts beside the function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result, TypeReference};

use crate::arguments::Arguments;
use crate::signature::{Form, state};

/// The function, a type of the same name that implements `Transform`, and the exports.
pub(crate) fn expand(arguments: &Arguments, function: &ItemFn) -> Result<TokenStream> {
    let form = arguments.form.unwrap_or_else(|| Form::of(function));
    let state = state(function, form)?;
    let state_type = state.map_or_else(|| quote!(()), |state| { let state = &state.elem; quote!(#state) });
    let (name, vis) = (&function.sig.ident, &function.vis);
    let manifest = manifest(arguments);
    let setup = setup(arguments, state);
    let process = process(form, function, state);
    Ok(quote! {
        #function

        #[doc = "The transform that this function is, for the test harness."]
        #[allow(non_camel_case_types, dead_code, reason = "named like the function")]
        #vis enum #name {}

        impl ::telesieve_guest::Transform for #name {
            type State = #state_type;

            fn manifest() -> ::telesieve_guest::Manifest {
                #manifest
            }

            fn setup(
                settings: &str,
                setup: &mut ::telesieve_guest::Setup,
            ) -> ::core::result::Result<Self::State, ::telesieve_guest::SettingError> {
                #setup
            }

            fn process(
                state: &mut Self::State,
                batch: &::telesieve_guest::Batch,
                script: &mut ::telesieve_guest::Script,
            ) -> ::telesieve_guest::Result<()> {
                #process
            }
        }

        #[cfg(target_arch = "wasm32")]
        ::telesieve_guest::export!(#name);
    })
}

/// The function as it is, so that one mistake is reported once.
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
        (Some(path), _) => quote!(::telesieve_guest::glue::setup(settings, setup, #path)),
        (None, Some(_)) => quote! {
            let _ = setup;
            ::telesieve_guest::glue::settings(settings)
        },
        (None, None) => quote! {
            let _ = setup;
            ::telesieve_guest::glue::no_settings(settings)
        },
    }
}

fn process(form: Form, function: &ItemFn, state: Option<&TypeReference>) -> TokenStream {
    let name = &function.sig.ident;
    let state = state.map(|state| if state.mutability.is_some() { quote!(state) } else { quote!(&*state) });
    match form {
        Form::Record => quote! {
            let _ = &state;
            ::telesieve_guest::glue::by_record(batch, script, |event, edit| #name(event, edit, #state))
        },
        Form::Recipe => quote! {
            let _ = &state;
            ::telesieve_guest::glue::by_recipe(batch, script, |event| #name(event, #state))
        },
        Form::Batch => quote! {
            let _ = &state;
            ::telesieve_guest::Verdict::result(#name(batch, script, #state))
        },
    }
}
