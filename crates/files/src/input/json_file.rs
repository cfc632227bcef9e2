//! JSON files: that they are JSON, and give no key twice. What they say is for others to read.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::limits::VALUES;
use super::{InputError, Source};

/// Checks a JSON text.
///
/// # Errors
/// If it is not JSON, has more values than are read, or gives a key of an object twice.
pub fn check(source: &Source) -> Result<(), InputError> {
    let mut reader = serde_json::Deserializer::from_str(&source.text);
    let mut values = 0;
    Checked { values: &mut values }.deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| {
        let at = offset(&source.text, error.line(), error.column());
        // The place stands before the message already.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message =
            if error.is_data() { message.to_owned() } else { format!("this is not JSON: {message}") };
        InputError::within(source, Some(at..at), String::new(), message, None)
    })
}

/// The byte of a place that `serde_json` counts in lines and bytes, from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    text.floor_char_boundary((before + column.saturating_sub(1)).min(text.len()))
}

/// Any value, whose objects have each key once.
struct Checked<'c> {
    /// How many values there have been.
    values: &'c mut usize,
}

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.values += 1;
        if *self.values > VALUES {
            return Err(D::Error::custom(format_args!("more than {VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Checked { values: self.values })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(Key(key)) = object.next_key()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` is given twice")));
            }
            keys.insert(key);
            object.next_value_seed(Checked { values: self.values })?;
        }
        Ok(())
    }
}

/// The key of an object.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> String {
        check(&Source::new("a.json", text)).map_or_else(|error| error.to_string(), |()| "good".into())
    }

    #[test]
    fn a_key_that_is_given_twice_is_refused_where_it_stands() {
        assert_eq!(says(r#"{"a": 1, "b": {"a": [1, 2.5, null, true, "x"]}}"#), "good");
        assert_eq!(says("{\"a\": 1,\n \"a\": 2}"), "a.json:2:4: the key `a` is given twice");
        assert_eq!(says(r#"[{"a": {"b": 1, "c": 2, "b": 1}}]"#), "a.json:1:27: the key `b` is given twice");
        assert_eq!(says(r#"{"a": 1, "\u0061": 2}"#), "a.json:1:17: the key `a` is given twice");
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_stops() {
        assert_eq!(says("[1,\n2,]"), "a.json:2:3: this is not JSON: trailing comma");
        assert!(says("[1").contains("this is not JSON"), "{}", says("[1"));
        assert!(says("{} {}").contains("1:4: this is not JSON: trailing characters"), "{}", says("{} {}"));
        assert!(says(&"[".repeat(100_000)).contains("recursion limit"), "deep");
        assert!(says("[NaN]").contains("this is not JSON"), "{}", says("[NaN]"));
    }

    #[test]
    fn a_text_of_too_many_values_is_refused() {
        let text = format!("[{}1]", "1,".repeat(VALUES));
        assert!(says(&text).contains("more than 2000000 values"));
    }
}
