//! A small deserializer of JSON: settings are read once, and a component should not carry more code for it than it
//! has itself.

use std::borrow::Cow;

use serde::de::value::{CowStrDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::path::Path;
use super::text::{Text, Token, broken};

/// Tables within tables: a guest's stack is small.
const MAX_DEPTH: usize = 64;

/// Reads a value from all of `json` but the values of `skipped`, told by the bytes that are left where they begin. `path`
/// leads to the error if there is one.
pub(super) fn read<'de, S: Deserialize<'de>>(json: &'de str, path: &Path, skipped: &[usize]) -> Result<S, Fault> {
    let mut reader = Reader { text: Text::new(json), path, skipped };
    let value = S::deserialize(&mut reader)?;
    if reader.text.peek() == 0 { Ok(value) } else { Err(broken()) }
}

struct Reader<'de, 'p> {
    text: Text<'de>,
    path: &'p Path,
    skipped: &'p [usize],
}

impl<'de> Reader<'de, '_> {
    /// What is the same for visitors of every type stands here, so that a component has it once.
    fn token(&mut self) -> Result<Token<'de>, Fault> {
        if self.path.depth() > MAX_DEPTH {
            return Err(Fault("too deeply nested tables".to_owned()));
        }
        self.text.token()
    }

    /// Passes over the value here if it is one of those to be skipped.
    fn skips(&mut self) -> Result<bool, Fault> {
        if !self.skipped.contains(&self.path.left()) {
            return Ok(false);
        }
        self.text.skip_value()?;
        self.path.leave();
        Ok(true)
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let value = visitor.visit_seq(Members { reader: self, read: 0 })?;
        // A fixed number of elements was asked for.
        if self.text.take("]") { Ok(value) } else { Err(Fault("has too many elements".to_owned())) }
    }

    fn table<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let value = visitor.visit_map(Table { members: Members { reader: self, read: 0 }, key: Cow::Borrowed("") })?;
        self.text.expect("}")?;
        Ok(value)
    }
}

/// Whoever wants a number is shown any.
macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.token()? {
                Token::Unsigned(number) => visitor.visit_u64(number),
                Token::Signed(number) => visitor.visit_i64(number),
                Token::Float(number) => visitor.visit_f64(number),
                other => Err(other.instead_of(&visitor)),
            }
        }
    )*};
}

/// A visitor that says what it wants is shown nothing else, although each knows what to say to that: what it would say
/// is compiled anew for every type of every setting.
impl<'de> Deserializer<'de> for &mut Reader<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.token()? {
            Token::Table => self.table(visitor),
            Token::List => self.list(visitor),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Null => visitor.visit_unit(),
            Token::Unsigned(number) => visitor.visit_u64(number),
            Token::Signed(number) => visitor.visit_i64(number),
            Token::Float(number) => visitor.visit_f64(number),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.token()? {
            Token::Bool(value) => visitor.visit_bool(value),
            other => Err(other.instead_of(&visitor)),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.token()? {
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            other => Err(other.instead_of(&visitor)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.token()? {
            Token::List => self.list(visitor),
            other => Err(other.instead_of(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.token()? {
            Token::Table => self.table(visitor),
            other => Err(other.instead_of(&"a table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.text.take("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// `"name"`, or a table with one key, the name, and what belongs to it.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.text.take("{") {
            let value = visitor.visit_enum(&mut *self)?;
            return self.text.expect("}").map(|()| value);
        }
        if self.text.peek() != b'"' {
            return Err(Fault("expected a name".to_owned()));
        }
        let name = self.text.string()?;
        visitor.visit_enum(CowStrDeserializer::new(name))
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

/// The elements of a list, or the members of a table.
struct Members<'r, 'de, 'p> {
    reader: &'r mut Reader<'de, 'p>,
    read: usize,
}

impl Members<'_, '_, '_> {
    /// Whether there is another one.
    fn next(&mut self, end: u8) -> Result<bool, Fault> {
        if self.reader.text.peek() == end {
            return Ok(false);
        }
        if self.read > 0 {
            self.reader.text.expect(",")?;
        }
        self.read += 1;
        Ok(true)
    }

    /// Steps into the next element that is to be read, if there is one.
    fn next_element(&mut self) -> Result<bool, Fault> {
        while self.next(b']')? {
            self.reader.path.enter_element(self.read - 1, self.reader.text.left());
            if !self.reader.skips()? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<'de> de::SeqAccess<'de> for Members<'_, 'de, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if !self.next_element()? {
            return Ok(None);
        }
        let value = seed.deserialize(&mut *self.reader)?;
        self.reader.path.leave();
        Ok(Some(value))
    }
}

struct Table<'r, 'de, 'p> {
    members: Members<'r, 'de, 'p>,
    key: Cow<'de, str>,
}

impl Table<'_, '_, '_> {
    /// Steps into the next member that is to be read, if there is one, and stands in front of its value.
    fn next_member(&mut self) -> Result<bool, Fault> {
        while self.members.next(b'}')? {
            let reader = &mut *self.members.reader;
            self.key = reader.text.string()?;
            reader.text.expect(":")?;
            reader.path.enter(&self.key, reader.text.left());
            if !reader.skips()? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<'de> de::MapAccess<'de> for Table<'_, 'de, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        if !self.next_member()? {
            return Ok(None);
        }
        let path = self.members.reader.path;
        let key = seed.deserialize(StrDeserializer::<Fault>::new(&self.key))?;
        path.leave();
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let reader = &mut *self.members.reader;
        let path = reader.path;
        path.enter(&self.key, reader.text.left());
        let value = seed.deserialize(reader)?;
        path.leave();
        Ok(value)
    }
}

impl<'de> de::EnumAccess<'de> for &mut Reader<'de, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name = self.text.string()?;
        self.text.expect(":")?;
        let variant = seed.deserialize(CowStrDeserializer::<Fault>::new(name))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'de, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::{Value, json};

    use super::*;

    fn value(json: &str) -> Result<Value, Fault> {
        read(json, &Path::default(), &[])
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it() {
        let texts = [
            r#"{"a":[1,-2,3.5,1e3,18446744073709551615,-9223372036854775808],"b":{"c":null,"d":true},"e":false}"#,
            r#" { "a" : [ ] , "b" : { } } "#,
            r#""\u00e9 \ud83d\ude00 \n\t\"\\\/ é""#,
            "[[[]]]",
            "0.1",
        ];
        for text in texts {
            assert_eq!(value(text).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
        assert_eq!(value(r#""\ud800x""#).unwrap(), json!("\u{fffd}x"));
    }

    #[test]
    fn broken_text_is_an_error() {
        for text in
            ["", "{", "[1", "[1 2]", "{\"a\" 1}", "\"a", "\"\\u12", "tru", "-", "{} x", "{\"a\":}", "[,]", "\"\\"]
        {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&"[".repeat(100_000)).is_err());
        assert_eq!(read::<[u32; 2]>("[1, 2, 3]", &Path::default(), &[]).unwrap_err().0, "has too many elements");
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Shape {
        Dot,
        Line(u32),
        Box { width: u32, height: u32 },
        Pair(u32, u32),
    }

    #[test]
    fn enums_have_names() {
        let shape = |json: &str| read::<Shape>(json, &Path::default(), &[]).map_err(|fault| fault.0);
        assert_eq!(shape(r#""dot""#), Ok(Shape::Dot));
        assert_eq!(shape(r#"{"line": 3}"#), Ok(Shape::Line(3)));
        assert_eq!(shape(r#"{"box": {"width": 1, "height": 2}}"#), Ok(Shape::Box { width: 1, height: 2 }));
        assert_eq!(shape(r#"{"pair": [1, 2]}"#), Ok(Shape::Pair(1, 2)));
        assert_eq!(shape("3"), Err("expected a name".to_owned()));
        assert!(shape(r#""ring""#).unwrap_err().starts_with("unknown variant `ring`, expected one of `dot`"));
    }
}
