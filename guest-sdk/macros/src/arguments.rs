//! The arguments of the attribute.

use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::{Error, Ident, LitStr, Path, Result};

use crate::signature::Form;

/// What `#[transform(…)]` says.
pub(crate) struct Arguments {
    /// A variant of `telesieve_guest::TransformKind`.
    pub(crate) kind: Ident,
    pub(crate) setup: Option<Path>,
    pub(crate) name: Option<LitStr>,
    pub(crate) form: Option<Form>,
}

const KINDS: [(&str, &str); 4] =
    [("filter", "Filter"), ("redact", "Redact"), ("relabel", "Relabel"), ("enrich", "Enrich")];

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let (mut kind, mut setup, mut name, mut form) = (None, None, None, None);
        syn::meta::parser(|meta| {
            if meta.path.is_ident("kind") {
                kind = Some(kind_of(&meta.value()?.parse()?)?);
            } else if meta.path.is_ident("setup") {
                setup = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("name") {
                name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("form") {
                form = Some(form_of(&meta.value()?.parse()?)?);
            } else {
                return Err(meta.error("expected `kind`, `setup`, `name` or `form`"));
            }
            Ok(())
        })
        .parse2(tokens)?;
        let kind = kind.ok_or_else(|| {
            let message = "a transform says what it is: `#[transform(kind = \"redact\")]`, or filter, relabel, enrich";
            Error::new(Span::call_site(), message)
        })?;
        Ok(Self { kind, setup, name, form })
    }
}

fn kind_of(text: &LitStr) -> Result<Ident> {
    let known = KINDS.iter().find(|(name, _)| *name == text.value());
    known.map_or_else(
        || Err(Error::new(text.span(), "expected \"filter\", \"redact\", \"relabel\" or \"enrich\"")),
        |(_, variant)| Ok(Ident::new(variant, text.span())),
    )
}

fn form_of(text: &LitStr) -> Result<Form> {
    match text.value().as_str() {
        "record" => Ok(Form::Record),
        "recipe" => Ok(Form::Recipe),
        "batch" => Ok(Form::Batch),
        _ => Err(Error::new(text.span(), "expected \"record\", \"recipe\" or \"batch\"")),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn message(tokens: TokenStream) -> String {
        Arguments::parse(tokens).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn arguments_are_checked() {
        assert_eq!(message(quote!(kind = "redact", setup = a::b, name = "x", form = "batch")), "");
        assert!(message(quote!()).starts_with("a transform says what it is"));
        assert!(message(quote!(kind = "mangle")).starts_with("expected \"filter\""));
        assert!(message(quote!(kind = "filter", colour = "red")).starts_with("expected `kind`"));
        assert!(message(quote!(kind = "filter", form = "x")).starts_with("expected \"record\""));
    }
}
