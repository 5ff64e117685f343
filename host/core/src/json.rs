//! Byte-level tools for JSON text, for code that must not build a tree.
//!
//! They find where values end, walk over members and elements, and turn string tokens into text and back. They are
//! lenient (broken JSON gives fewer results, never a panic), linear in the length of the text, and count depth instead
//! of recursing. [`inspect`] alone is strict: it says whether text is JSON at all.

mod inspect;
mod keys;
mod layout;
mod scalar;
mod scan;
mod text;
mod walk;

pub use inspect::{Fault, Findings, inspect};
pub use scan::value_end;
pub(crate) use text::{escape_bytes, fitting_prefix};
pub use text::{escape_into, text, unescape};
pub use walk::{Elements, Member, Members, elements, get, members};

pub(crate) use inspect::{Stack, inspect_members};
pub(crate) use layout::{Ends, Layout};
pub(crate) use scalar::{string_token, surrogates};
pub(crate) use scan::{plain_string_end, skip_space};
