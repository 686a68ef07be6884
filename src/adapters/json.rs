//! JSON objects as clients send them: read member by member, so that each can be refused by its name.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::Amount;

/// How much of a member's name is shown in a refusal; the longest name of ours has ten characters.
const MAX_NAME_SHOWN: usize = 32;

/// Why a text is not the object that was expected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoObject {
    /// It is no JSON, or names a member twice.
    #[error("{0}")]
    Malformed(String),
    /// It is JSON, but not an object.
    #[error("a JSON object was expected")]
    AnotherType,
}

/// Reads the members called `names` of a JSON object, each as its own text. Other members are ignored, but none may be
/// given twice.
pub(crate) fn read_members<'a, const N: usize>(
    text: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], NoObject> {
    let text = str::from_utf8(text).map_err(|error| NoObject::Malformed(error.to_string()))?;
    let malformed = |error: serde_json::Error| NoObject::Malformed(error.to_string());
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(malformed)?;
        return Err(NoObject::AnotherType);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Members { names }).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    Ok(members)
}

/// The content of a JSON string; `None` for any other value.
pub(crate) fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let quoted = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if quoted.contains('\\') { serde_json::from_str(value.get()).ok().map(Cow::Owned) } else { Some(quoted.into()) }
}

/// An amount as the JSON number that it is.
pub(crate) fn number(amount: Amount) -> Box<RawValue> {
    RawValue::from_string(amount.to_string()).expect("an amount in plain decimal notation is a JSON number")
}

struct Members<'n, const N: usize> {
    names: [&'n str; N],
}

impl<'a, const N: usize> Visitor<'a> for Members<'_, N> {
    type Value = [Option<&'a RawValue>; N];

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = [None; N];
        let mut others = HashSet::new();
        while let Some(name) = map.next_key_seed(Name { names: &self.names })? {
            let value = map.next_value::<&RawValue>()?;
            let first = match &name {
                Found::Known(index) => members[*index].replace(value).is_none(),
                Found::Other(name) => others.insert(name.clone()),
            };
            if !first {
                let name = match name {
                    Found::Known(index) => self.names[index].to_owned(),
                    Found::Other(name) => name,
                };
                let name: String = name.chars().take(MAX_NAME_SHOWN).collect();
                return Err(A::Error::custom(format_args!("the member {name:?} is given twice")));
            }
        }
        Ok(members)
    }
}

/// Finds a member's name among those that are known, without copying it.
struct Name<'n> {
    names: &'n [&'n str],
}

enum Found {
    Known(usize),
    Other(String),
}

impl<'a> DeserializeSeed<'a> for Name<'_> {
    type Value = Found;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Found, E> {
        let known = self.names.iter().position(|known| *known == name);
        Ok(known.map_or_else(|| Found::Other(name.to_owned()), Found::Known))
    }
}
