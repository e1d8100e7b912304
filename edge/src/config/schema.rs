//! The keys that a configuration file may have, as serde knows them, and the search for keys
//! that it may not have.
//!
//! The derived `Deserialize` of a struct passes the names of its fields to the deserializer.
//! [`Schema::of`] uses this: it deserializes a made-up value and records the names of each
//! section on the way.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::Visitor;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of each section, by the path of the section. The path of the top level is empty.
#[derive(Debug, Default)]
pub(super) struct Schema {
    sections: BTreeMap<String, &'static [&'static str]>,
}

/// A key that the schema does not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownKey {
    /// The section as it is written, such as `section [decide]`, or "the top level".
    pub(super) section: String,
    pub(super) key: String,
    /// Which key was probably meant.
    pub(super) suggestion: String,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
}

impl Schema {
    /// Returns the schema of a configuration type.
    pub(super) fn of<T: DeserializeOwned>() -> Self {
        let mut schema = Self::default();
        // The value is made up and of no interest.
        let _ = T::deserialize(Recorder { schema: &mut schema, path: String::new() });
        schema
    }

    /// Returns the path of the section and the name of every key whose value is not a section.
    #[cfg(test)]
    pub(super) fn value_keys(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let keys = self
            .sections
            .iter()
            .flat_map(|(path, keys)| keys.iter().map(move |key| (path.as_str(), *key)));
        keys.filter(|(path, key)| !self.sections.contains_key(&join(path, key)))
    }

    /// Returns the first key of a file that is not in the schema.
    pub(super) fn first_unknown_key(&self, file: &DeTable<'_>) -> Option<UnknownKey> {
        let mut unknown = Vec::new();
        self.collect_unknown_keys(file, "", "the top level", &mut unknown);
        unknown.into_iter().min_by_key(|key| key.span.start)
    }

    fn collect_unknown_keys(
        &self,
        table: &DeTable<'_>,
        path: &str,
        section: &str,
        unknown: &mut Vec<UnknownKey>,
    ) {
        // A value that is not a section has no keys. If it should be one, or should not, then
        // deserializing it reports the wrong type.
        let Some(keys) = self.sections.get(path) else { return };
        for (key, value) in table {
            let name: &str = key.get_ref();
            if keys.contains(&name) {
                self.enter_sections(value, &join(path, name), unknown);
            } else {
                let (section, span) = (section.to_owned(), key.span());
                let suggestion = self.suggestion(name, keys);
                unknown.push(UnknownKey { section, key: name.to_owned(), suggestion, span });
            }
        }
    }

    /// What to write in place of a key that a section with these keys does not have.
    fn suggestion(&self, name: &str, keys: &'static [&'static str]) -> String {
        if let Some(key) = meant(name, keys) {
            return format!("did you mean {key:?}?");
        }
        let mut others = self.sections.iter();
        let other = others.find_map(|(path, keys)| Some((path, meant(name, keys)?)));
        match other {
            Some((path, key)) if path.is_empty() => {
                format!("did you mean {key:?} at the top level, before all sections?")
            }
            Some((path, key)) => format!("did you mean {key:?} in the section [{path}]?"),
            None => format!("it has {}", keys.join(", ")),
        }
    }

    fn enter_sections(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        unknown: &mut Vec<UnknownKey>,
    ) {
        match value.get_ref() {
            DeValue::Table(table) => {
                self.collect_unknown_keys(table, path, &format!("section [{path}]"), unknown);
            }
            DeValue::Array(values) => {
                let tables = values.iter().filter_map(|value| value.get_ref().as_table());
                for table in tables {
                    let section = format!("section [[{path}]]");
                    self.collect_unknown_keys(table, path, &section, unknown);
                }
            }
            _ => {}
        }
    }
}

/// Other words for keys.
const SYNONYMS: &[(&str, &str)] = &[
    ("fps", "frames_per_second"),
    ("frame_rate", "frames_per_second"),
    ("framerate", "frames_per_second"),
    ("rate", "frames_per_second"),
    ("resolution", "width"),
    ("size", "width"),
    ("threshold", "enter"),
    ("confidence", "enter"),
    ("pin", "line"),
    ("gpio", "line"),
    ("rule", "on"),
    ("inverted", "active_low"),
    ("invert", "active_low"),
    ("input", "source"),
    ("device", "source"),
    ("video", "source"),
    ("display", "screen"),
    ("framebuffer", "screen"),
    ("rotate", "screen_rotation"),
    ("rotation", "screen_rotation"),
    ("classifier", "model"),
];

/// From this similarity on, 0 to 1, a key is taken for a misspelt one.
const LEAST_SIMILARITY: f64 = 0.5;

/// The key of a section that was probably meant by a name.
fn meant(name: &str, keys: &'static [&'static str]) -> Option<&'static str> {
    let name = name.to_lowercase();
    let synonym = SYNONYMS.iter().find(|(word, _)| *word == name).map(|(_, key)| *key);
    if let Some(key) = synonym.filter(|key| keys.contains(key)) {
        return Some(key);
    }
    let similarity = |key: &str| {
        // The beginning of a key, such as "timeout", stands for it.
        let is_part = name.len() >= 4 && key.starts_with(&name);
        if is_part { 1.0 } else { strsim::normalized_damerau_levenshtein(&name, key) }
    };
    let nearest = keys.iter().copied().max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(nearest) >= LEAST_SIMILARITY).then_some(nearest)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A deserializer that makes values up and records the keys of every struct.
struct Recorder<'s> {
    schema: &'s mut Schema,
    path: String,
}

impl<'de> Deserializer<'de> for Recorder<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.schema.sections.insert(self.path.clone(), fields);
        visitor.visit_map(Fields { recorder: self, fields: fields.iter(), key: "" })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(std::iter::once(self)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(false)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(variants.first().copied().unwrap_or_default().into_deserializer())
    }

    /// A section whose keys the user chooses.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(MapDeserializer::new(std::iter::empty::<((), ())>()))
    }

    /// Numbers, and values of any type.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(0)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Recorder<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The fields of a struct, each with a made-up value.
struct Fields<'s> {
    recorder: Recorder<'s>,
    fields: std::slice::Iter<'static, &'static str>,
    key: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(key) = self.fields.next().copied() else { return Ok(None) };
        self.key = key;
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let path = join(&self.recorder.path, self.key);
        seed.deserialize(Recorder { schema: self.recorder.schema, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;

    #[test]
    fn the_schema_contains_every_section_of_the_configuration() {
        let schema = Schema::of::<ConfigFile>();
        let sections: Vec<&str> = schema.sections.keys().map(String::as_str).collect();
        let expected = ["", "camera", "decide", "demo", "device", "feed", "gpio", "led", "record"];
        assert_eq!(sections, expected);
        assert!(schema.sections[""].contains(&"annotate_keep"));
        assert_eq!(schema.sections["led"], ["on", "line", "chip", "active_low"]);
    }
}
