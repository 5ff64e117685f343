//! What the program carries: the ready-made transforms, and the extension for one architecture or both.
//!
//! The build script embeds them. A debug build that `cargo xtask` did not start carries nothing.

use std::borrow::Cow;

use anyhow::{Context as _, Result};
use telesieve_engine::Target;

use crate::build;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A ready-made transform.
struct Component {
    name: &'static str,
    /// The core module, which is the smaller part of a component.
    module: &'static [u8],
    /// Its bill of materials, as CycloneDX.
    bill: &'static [u8],
}

/// The extension for one architecture.
#[derive(Clone, Copy)]
struct Extension {
    name: &'static str,
    program: &'static [u8],
    /// Its bill of materials, as CycloneDX.
    bill: &'static [u8],
}

/// A static binary of the extension, and the bill of its materials, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    /// Where it comes from, for messages.
    pub(crate) name: String,
    pub(crate) program: Cow<'static, [u8]>,
    pub(crate) bill: Option<Cow<'static, [u8]>>,
}

/// The component of a ready-made transform; `None` if the program carries none of that name.
///
/// # Errors
/// None in practice: it was checked when the program was built.
pub(crate) fn component(name: &str) -> Result<Option<Vec<u8>>> {
    let found = COMPONENTS.iter().find(|component| component.name == name);
    let component = found.map(|found| build::component(found.module)).transpose();
    component.with_context(|| format!("the program's own transform `{name}` is damaged"))
}

/// The bill of materials of a component, if it is a ready-made transform.
pub(crate) fn bill_of(component: &[u8]) -> Option<&'static [u8]> {
    let is_it = |known: &&Component| build::component(known.module).is_ok_and(|known| known == component);
    COMPONENTS.iter().find(is_it).map(|known| known.bill)
}

/// Names of the ready-made transforms.
pub(crate) fn component_names() -> impl Iterator<Item = &'static str> {
    COMPONENTS.iter().map(|component| component.name)
}

/// The extension for an architecture; `None` if the program does not carry it.
pub(crate) fn extension(target: Target) -> Option<Binary> {
    let name = file_name(target);
    let Extension { program, bill, .. } = EXTENSIONS.iter().find(|extension| extension.name == name)?;
    Some(Binary { name, program: Cow::Borrowed(program), bill: Some(Cow::Borrowed(bill)) })
}

/// The name of the extension's file, as `cargo xtask dist` writes it.
pub(crate) fn file_name(target: Target) -> String {
    format!("telesieve-extension-{}", target.lambda_name())
}
