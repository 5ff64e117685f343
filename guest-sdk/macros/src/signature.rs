//! What the signature of a transform says: its form, and the type of its state.

use syn::{Error, FnArg, GenericArgument, ItemFn, PathArguments, Result, ReturnType, Type, TypeReference};

/// How a transform is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `fn(&Event, &mut Edit, …)`
    Record,
    /// `fn(&Event, …) -> Recipe`
    Recipe,
    /// `fn(&Batch, &mut Script, …)`
    Batch,
}

impl Form {
    /// Tells the form from the names of types.
    pub(crate) fn of(function: &ItemFn) -> Self {
        if returns_recipe(&function.sig.output) {
            return Self::Recipe;
        }
        match function.sig.inputs.first() {
            Some(FnArg::Typed(first)) if is_named(&first.ty, "Batch") => Self::Batch,
            _ => Self::Record,
        }
    }

    /// Arguments in front of the state.
    fn own_arguments(self) -> usize {
        if self == Self::Recipe { 1 } else { 2 }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Record => "a transform takes `&Event, &mut Edit` and perhaps `&State` or `&mut State`",
            Self::Recipe => "a transform that returns a `Recipe` takes `&Event` and perhaps `&State` or `&mut State`",
            Self::Batch => "a transform of batches takes `&Batch, &mut Script` and perhaps `&State` or `&mut State`",
        }
    }
}

/// The type behind `&` or `&mut` of the last argument, if there is one.
pub(crate) fn state(function: &ItemFn, form: Form) -> Result<Option<&TypeReference>> {
    let inputs = &function.sig.inputs;
    let wrong = |at: &dyn quote::ToTokens| Err(Error::new_spanned(at, form.expected()));
    if function.sig.asyncness.is_some() || !function.sig.generics.params.is_empty() {
        return wrong(&function.sig);
    }
    if inputs.len() < form.own_arguments() || inputs.len() > form.own_arguments() + 1 {
        return wrong(inputs);
    }
    match inputs.iter().nth(form.own_arguments()) {
        None => Ok(None),
        Some(FnArg::Typed(argument)) => match &*argument.ty {
            Type::Reference(state) => Ok(Some(state)),
            other => wrong(other),
        },
        Some(receiver) => wrong(receiver),
    }
}

fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Reference(reference) => is_named(&reference.elem, name),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == name),
        _ => false,
    }
}

/// `Recipe`, or `Result<Recipe>` in any of its spellings.
fn returns_recipe(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    if is_named(ty, "Recipe") {
        return true;
    }
    let Type::Path(path) = &**ty else { return false };
    match path.path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => {
            matches!(arguments.args.first(), Some(GenericArgument::Type(first)) if is_named(first, "Recipe"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn forms_are_told_from_signatures() {
        assert_eq!(
            Form::of(&parse_quote!(
                fn a(event: &Event, edit: &mut Edit) {}
            )),
            Form::Record
        );
        assert_eq!(
            Form::of(&parse_quote!(
                fn a(event: &Event) -> Recipe {}
            )),
            Form::Recipe
        );
        assert_eq!(
            Form::of(&parse_quote!(
                fn a(event: &Event, s: &S) -> sdk::Result<Recipe> {}
            )),
            Form::Recipe
        );
        assert_eq!(
            Form::of(&parse_quote!(
                fn a(batch: &sdk::Batch, script: &mut Script) {}
            )),
            Form::Batch
        );
    }

    #[test]
    fn state_is_the_last_argument() {
        let with: ItemFn = parse_quote!(
            fn a(event: &Event, edit: &mut Edit, state: &mut State) {}
        );
        assert!(matches!(state(&with, Form::Record), Ok(Some(state)) if state.mutability.is_some()));
        let without: ItemFn = parse_quote!(
            fn a(event: &Event, edit: &mut Edit) {}
        );
        assert!(matches!(state(&without, Form::Record), Ok(None)));
        let by_value: ItemFn = parse_quote!(
            fn a(event: &Event, edit: &mut Edit, state: State) {}
        );
        assert!(state(&by_value, Form::Record).is_err());
        let too_few: ItemFn = parse_quote!(
            fn a(event: &Event) {}
        );
        assert!(state(&too_few, Form::Record).is_err());
    }
}
