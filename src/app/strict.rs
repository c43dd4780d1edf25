//! JSON as a client meant it: a key that stands twice in an object is a fault, not a choice of ours.
//!
//! The parser alone would keep the last one, other parsers the first, and the two sides of a sync would believe in
//! different events.

use data_encoding::HEXLOWER;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A JSON value without a key that stands twice. Whatever holds no escapes is a part of the text it was read from.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Strict<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(BTreeMap<Cow<'a, str>, Self>),
}

impl<'a> Strict<'a> {
    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// SHA-256 in hexadecimal, the same however keys are ordered and white space is laid.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        serde_json::to_writer(&mut digest, self).expect("a value prints");
        HEXLOWER.encode(&digest.finalize())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Strict<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Reading)
    }
}

/// A name of a member.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Strict<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Strict::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Strict::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Strict::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Strict::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map_or(Strict::Null, Strict::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Strict::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Strict::Text(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Strict::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(Key(key)) = members.next_key()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            object.insert(key, members.next_value()?);
        }
        Ok(Strict::Object(object))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let members = prop::collection::hash_map(any::<String>(), inner.clone(), 0..6);
            let object = members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()));
            prop_oneof![prop::collection::vec(inner, 0..6).prop_map(Value::Array), object]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_the_parser_reads(value in json()) {
            for text in [value.to_string(), format!("{value:#}")] {
                let strict: Strict<'_> = serde_json::from_str(&text).unwrap();
                // The parser's own floats may differ from what was printed.
                let mut read: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&serde_json::to_value(&strict).unwrap(), &read);
                read.sort_all_objects();
                let digest = HEXLOWER.encode(&Sha256::digest(read.to_string()));
                prop_assert_eq!(strict.digest(), digest, "of its compact text with sorted keys");
            }
        }
    }

    #[test]
    fn order_and_white_space_do_not_count() {
        let digest = |text: &str| serde_json::from_str::<Strict<'_>>(text).unwrap().digest();
        let plain = digest(r#"{"a":[1,{"c":"é","d":null}],"b":0.5}"#);
        assert_eq!(plain, digest("{\"b\": 0.5,\n \"\\u0061\": [1, {\"d\": null, \"c\": \"\\u00e9\"}]}"));
        assert_ne!(plain, digest(r#"{"a":[1,{"c":"e","d":null}],"b":0.5}"#));
        assert_eq!(digest("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }

    #[test]
    fn a_key_that_stands_twice_is_a_fault_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":[{"a":1,"\u0061":2}]}]"#] {
            assert!(serde_json::from_str::<Strict<'_>>(text).is_err(), "{text}");
        }
    }
}
