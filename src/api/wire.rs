//! Scalars as clients see them, and what a request says about its sender.

use super::problem::Code;
use crate::vocab::{text::Lang, time::Timestamp};
use jiff::civil::Date;
use poem::{FromRequest, Request, RequestBody, http::header};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::{Deserialize, Serialize, Serializer};
use std::{borrow::Cow, net::IpAddr};

/// An instant: RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Timestamp);

/// A calendar day: `2027-01-31`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Day(pub Date);

/// What the framework wants to know of a scalar that is a string of a certain format.
macro_rules! string_scalar {
    ($name:ident, $format:literal, $length:literal, $example:literal, $parse:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                concat!("string(", $format, ")").into()
            }

            fn schema_ref() -> MetaSchemaRef {
                let mut schema = MetaSchema::new_with_format("string", $format);
                schema.max_length = Some($length);
                schema.example = Some($example.into());
                MetaSchemaRef::Inline(Box::new(schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
                let text = value.as_ref().and_then(serde_json::Value::as_str);
                text.and_then($parse).map(Self).ok_or_else(|| ParseError::custom(concat!("not a ", $format)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
                writer.collect_str(&self.0)
            }
        }

        impl ToJSON for $name {
            fn to_json(&self) -> Option<serde_json::Value> {
                Some(self.0.to_string().into())
            }
        }
    };
}

string_scalar!(At, "date-time", 24, "2026-11-23T10:00:05.120Z", Timestamp::parse);
string_scalar!(Day, "date", 10, "2027-01-31", |text: &str| text.parse().ok());

/// The language of the answer, by Accept-Language: nb, nn or en; nb where none fits.
pub struct Language(pub Lang);

impl<'a> FromRequest<'a> for Language {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(language(request)))
    }
}

/// The first language of the header that we have, by weight (RFC 9110 section 12.5.4).
pub fn language(request: &Request) -> Lang {
    let wanted = request.header(header::ACCEPT_LANGUAGE).unwrap_or_default();
    let mut ranked: Vec<(f32, Lang)> = wanted.split(',').filter_map(weighted).collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranked.first().map_or(Lang::Nb, |(_, lang)| *lang)
}

fn weighted(range: &str) -> Option<(f32, Lang)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let weight = parameters.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
    let lang = match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "nb" | "no" => Lang::Nb,
        "nn" => Lang::Nn,
        "en" => Lang::En,
        _ => return None,
    };
    (weight > 0.0).then_some((weight, lang))
}

/// The address the request came from.
pub struct From(pub IpAddr);

impl<'a> FromRequest<'a> for From {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let from = request.data::<IpAddr>().copied().or_else(|| Some(request.remote_addr().as_socket_addr()?.ip()));
        let from = from.ok_or_else(|| super::problem::Raised::new(Code::Internal, "no address"))?;
        Ok(Self(from))
    }
}

/// Four decimals: more would be bytes without meaning.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// An `f32` as the shortest decimal that reads back as the same `f32`.
pub fn exact(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}
