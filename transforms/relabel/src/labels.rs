//! A set of labels while rules work on it.

/// Names and values, in order of name. A label without a value is no label. There are a few dozen at most: a tree would be
/// slower, and a tenth of the component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels(Vec<(String, String)>);

impl Labels {
    /// The value, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.find(name).map_or("", |at| &self.0[at].1)
    }

    /// Sets a label, or removes it if the value is empty.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.find(name) {
            Ok(at) if value.is_empty() => _ = self.0.remove(at),
            Ok(at) => value.clone_into(&mut self.0[at].1),
            Err(_) if value.is_empty() => {}
            Err(at) => self.0.insert(at, (name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// Where a label stands, or would stand.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether Prometheus takes a text for the name of a label.
pub(crate) fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    text.bytes().all(is_inner) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}
