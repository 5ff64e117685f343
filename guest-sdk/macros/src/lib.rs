//! The attribute that makes a telesieve transform of a function. Its documentation is `telesieve_guest::transform`'s.

mod arguments;
mod expand;
mod signature;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

/// Makes a transform of a function: the exports of a WebAssembly component, and a type of the function's name for
/// `telesieve_guest::testing::Harness`. One per crate.
///
/// # Forms
///
/// The form follows from the signature.
///
/// | form | signature | for |
/// |---|---|---|
/// | record | `fn(&Event, &mut Edit, &State)` | most transforms: equal lists of edits are found |
/// | recipe | `fn(&Event, &State) -> Recipe` | a few fixed lists of edits, made with `Setup::recipe`: fastest |
/// | batch | `fn(&Batch, &mut Script, &State)` | what needs all records at once |
///
/// The first two may return `()` or `Result<()>` (`Recipe` or `Result<Recipe>` in the recipe form), the batch form too.
/// An error fails the batch: the host tries again record by record, and the transform's policy decides about the
/// records that fail alone.
///
/// The state comes last and may be left out. It is `&State`, or `&mut State` to carry something from one batch to the
/// next. It lives as long as the instance does: after a fault the host starts a new one.
///
/// # Arguments
///
/// - `kind = "filter" | "redact" | "relabel" | "enrich"`: required. The records of a `redact` that fails never leave.
/// - `setup = path`: a `fn(Settings, &mut Setup) -> Result<State, SettingError>`, called once, where `Settings` is any
///   `serde::Deserialize`. Without it, the state is the settings themselves.
/// - `name = "…"`: the transform's name for the operator. By default the name of the package.
/// - `form = "record" | "recipe" | "batch"`: if types of other names hide the form.
#[proc_macro_attribute]
pub fn transform(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    match arguments::Arguments::parse(arguments.into()).and_then(|arguments| expand::expand(&arguments, &function)) {
        Ok(tokens) => tokens.into(),
        Err(error) => expand::with_error(&error, &function).into(),
    }
}
