//! Tables of settings whose keys are the user's own.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A table of settings whose keys the user chooses, in the order in which the host hands them over.
///
/// Reads the same as a map of the standard library, with 10 KB less of machine code. To look for a key takes time that grows
/// with the table, so a transform looks for keys while it is set up.
///
/// ```
/// use telesieve_guest::Table;
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     fields: Table<String>,
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<V>(Vec<(String, V)>);

impl<V> Table<V> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Table<V> {
    fn deserialize<D: Deserializer<'de>>(settings: D) -> Result<Self, D::Error> {
        settings.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = Table<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Table<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = table.next_entry()? {
            entries.push(entry);
        }
        Ok(Table(entries))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::settings::read_alone as read;

    #[test]
    fn a_table_has_the_keys_that_the_user_gave_it() {
        let table: Table<u32> = read(r#"{"b": 1, "a c": 2}"#).unwrap();
        assert_eq!(table.iter().collect::<Vec<_>>(), [("b", &1), ("a c", &2)]);
        assert_eq!((table.get("a c"), table.get("a")), (Some(&2), None));
        assert!(read::<Table<u32>>("{}").unwrap().is_empty());
    }

    #[test]
    fn mistakes_are_named_by_their_keys() {
        let fault = |json| read::<Table<u32>>(json).unwrap_err().remove(0);
        assert_eq!(
            (fault(r#"{"b": "x"}"#).path.as_str(), fault("[]").message.as_str()),
            ("b", "expected a table, found list")
        );
    }
}
