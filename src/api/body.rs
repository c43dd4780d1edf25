//! Request bodies: JSON read strictly, with a pointer to what is wrong.
//!
//! The framework's own parser stops without naming the place, so bodies are read by serde and the framework only
//! learns their schema.

use super::problem::{Code, Raised};
use crate::app::Fault;
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    payload::{Json, Payload},
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// A JSON body of type `T`; unknown fields are refused by `T` itself.
pub struct Body<T>(pub T);

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let media = MetaMediaType { content_type: <Json<T> as Payload>::CONTENT_TYPE, schema: T::schema_ref() };
        Some(MetaRequest { description: None, content: vec![media], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        if !request.content_type().is_some_and(<Json<T> as Payload>::check_content_type) {
            return Err(Raised::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`").into());
        }
        let bytes = body.take()?.into_bytes().await.map_err(|_| unreadable("the body ended too early"))?;
        parse(&bytes).map(Self).map_err(Into::into)
    }
}

/// For an optional member: it may be left out, but not `null`, as the specification says.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// Reads `T` from JSON text.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Raised> {
    read_as(bytes).map_err(|(path, cause)| explain(&path, &cause))
}

/// Reads `T` from JSON text, or tells where it cannot be read, as a JSON Pointer. To know the place means to
/// note every step of the way, so that is for a second reading.
pub(super) fn read_as<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, (String, serde_json::Error)> {
    serde_json::from_slice(text).or_else(|_| {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| (pointer(error.path()), error.into_inner()))?;
        reader.end().map_err(|cause| (String::new(), cause))?;
        Ok(value)
    })
}

fn explain(path: &str, error: &serde_json::Error) -> Raised {
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return unreadable(&format!("the body is not valid JSON at {place}"));
    }
    Raised::invalid(vec![data_fault(path, &error.to_string())])
}

fn unreadable(detail: &str) -> Raised {
    Raised::new(Code::MalformedJson, detail)
}

/// The fault in our own words; serde's sentence is only read for the names in it.
pub(super) fn data_fault(path: &str, message: &str) -> Fault {
    let path = short(path);
    let name = short(message.split('`').nth(1).unwrap_or_default());
    let child = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    if message.starts_with("missing field") {
        return Fault::new(child(name), "this field is required");
    }
    if message.starts_with("unknown field") {
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let known = if known.is_empty() { String::new() } else { format!("; known are {}", known.join(", ")) };
        let path = if path.ends_with(&format!("/{name}")) { path.to_owned() } else { child(name) };
        return Fault::new(path, format!("this field is not known here{known}"));
    }
    if message.starts_with("duplicate field") {
        return Fault::new(child(name), "this field stands twice");
    }
    if message.starts_with("unknown variant") {
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        return Fault::new(path, format!("this word is not known here; use one of {}", known.join(", ")));
    }
    if message.starts_with("recursion limit") {
        // The path is as long as the nest is deep.
        return Fault::new("", "lists and objects lie more than 127 deep in each other");
    }
    if message.starts_with("number out of range") {
        return Fault::new(path, "the number is too large");
    }
    if message.contains("surrogate") || message.contains("escape") || message.contains("unicode") {
        return Fault::new(path, "an escape in this text stands for no character");
    }
    let expected = message.split_once("expected ").map_or("what the specification says", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    Fault::new(path, format!("the value has the wrong type or form; expected {expected}"))
}

/// A client may make a name of a megabyte; nobody needs it back.
fn short(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| &text[..end])
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read by the test's parser")]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read by the test's parser")]
        count: u8,
    }

    fn fault(json: &str) -> (String, String) {
        let raised = parse::<Outer>(json.as_bytes()).unwrap_err();
        let fault = raised.errors.first().cloned();
        fault.map_or_else(|| (String::new(), raised.detail.unwrap()), |fault| (fault.pointer, fault.detail))
    }

    #[test]
    fn a_fault_names_its_place_and_its_cure() {
        for (json, pointer, detail) in [
            (r#"{"inner":[{"count":1},{}]}"#, "/inner/1/count", "this field is required"),
            (r#"{"inner":[{"count":"x"}]}"#, "/inner/0/count", "the value has the wrong type or form; expected u8"),
            (r#"{"inner":[{"count":300}]}"#, "/inner/0/count", "the value has the wrong type or form; expected u8"),
            (r#"{"inner":[],"more":1}"#, "/more", "this field is not known here; known are inner"),
            (r#"{"inner":[{"count":1,"count":2}]}"#, "/inner/0/count", "this field stands twice"),
            (r#"{"inner":[}"#, "", "the body is not valid JSON at line 1, column 11"),
            (r#"{"inner":[]} x"#, "", "the body is not valid JSON at line 1, column 14"),
            ("", "", "the body is not valid JSON at line 1, column 0"),
        ] {
            assert_eq!(fault(json), (pointer.to_owned(), detail.to_owned()), "{json}");
        }
    }
}
