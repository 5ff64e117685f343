//! Paths to fields, such as `user.email`, `items.*.card` or `headers.Set-Cookie`.

/// A path to fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing at all.
    #[error("read a path: it is empty")]
    Empty,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// See [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        Ok(Self { segments: text.split('.').map(str::to_owned).collect() })
    }
}
