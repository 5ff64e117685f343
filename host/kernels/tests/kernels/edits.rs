//! Edits of generated records.
