//! The specification as published: what the framework writes, mended where it is wrong or silent.
//!
//! The framework writes 3.0.0, media types with a charset, integer bounds as decimals, empty descriptions and no
//! problem responses. `document` mends that; nothing is added by hand to the committed file.

use super::{
    problem::{Code, Problem},
    service,
};
use poem::{Endpoint, Response, endpoint::make_sync};
use poem_openapi::{registry::Registry, types::Type};
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

const EXAMPLES: &str = include_str!("examples.json");
/// Schemas of requests, in which unknown fields are refused.
const REQUESTS: &[&str] = &[
    "ActivityChoice",
    "AgreementChoice",
    "AnswerBatch",
    "BackupChoice",
    "CheckProgress",
    "Client",
    "Credentials",
    "EnrolmentChoice",
    "InvitationChoice",
    "Joining",
    "MergeRequest",
    "NewAccount",
    "PauseChoice",
    "Refresh",
    "UnitChoice",
];
const PROBLEM: &str = "#/components/schemas/Problem";

/// The specification, pretty-printed, with a final newline.
pub fn document() -> String {
    let mut spec: Value = serde_json::from_str(&service().spec()).expect("the framework writes JSON");
    spec["openapi"] = json!("3.0.3");
    spec["info"]["description"] = json!(
        "Question decks, marking, spaced repetition and mastery. Begin with `POST /v1/guests`, then \
         `GET /v1/courses/{course}/queue` and `POST /v1/answers`. Only additive changes within `/v1`: ignore what \
         you do not know. Absent values are left out, never `null`."
    );
    spec["info"]["license"] = json!({"name": "AGPL-3.0-or-later", "url": "https://www.gnu.org/licenses/agpl-3.0.html"});
    spec["servers"] = json!([{"url": "/"}]);
    tidy(&mut spec);
    for request in REQUESTS {
        spec["components"]["schemas"][*request]["additionalProperties"] = json!(false);
    }
    spec["components"]["schemas"]["InvalidValue"] = schema("InvalidValue");
    spec["components"]["schemas"]["Problem"] = schema("Problem");
    spec["components"]["schemas"]["Code"] = schema("Code");
    let examples: Value = serde_json::from_str(EXAMPLES).expect("examples.json is checked by a test");
    for (path, item) in object(&mut spec["paths"]) {
        for (method, operation) in object(item) {
            complete(path, method, operation, &examples);
        }
    }
    let mut text = serde_json::to_string_pretty(&spec).expect("a value prints");
    text.push('\n');
    text
}

/// Serves the specification.
pub(super) fn endpoint() -> impl Endpoint<Output = Response> {
    static TEXT: OnceLock<String> = OnceLock::new();
    make_sync(|_| Response::builder().content_type("application/json").body(TEXT.get_or_init(document).clone()))
}

/// Every operation: (method, path template, operation id, whether it needs a token).
pub fn operations() -> Vec<(String, String, String, bool)> {
    let mut spec: Value = serde_json::from_str(&document()).expect("we wrote it");
    let mut operations = Vec::new();
    for (path, item) in object(&mut spec["paths"]) {
        for (method, operation) in object(item) {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let needs_token = operation["security"].as_array().is_some_and(|ways| {
                !ways.is_empty() && ways.iter().all(|way| way.as_object().is_some_and(|way| !way.is_empty()))
            });
            operations.push((method.to_uppercase(), path.clone(), id, needs_token));
        }
    }
    operations
}

/// Which methods a path has, for `Allow`, and which operation it belongs to.
pub struct Methods(Vec<(String, String)>);

impl Methods {
    pub(super) fn new() -> Self {
        Self(operations().into_iter().map(|(method, path, ..)| (path, method)).collect())
    }

    /// The path as the specification writes it, without what stands in its places. `None` for a path that it has not.
    pub(super) fn template(&self, path: &str) -> Option<&str> {
        let templates = || self.0.iter().map(|(template, _)| template.as_str());
        let mut literal = ["/docs", "/openapi.json"].into_iter().chain(templates());
        literal.find(|known| *known == path).or_else(|| templates().find(|template| fits(template, path)))
    }

    pub(super) fn of(&self, path: &str) -> String {
        let ours = self.0.iter().filter(|(template, _)| fits(template, path));
        let mut methods: Vec<&str> = ours.map(|(_, method)| method.as_str()).collect();
        if methods.contains(&"GET") || methods.is_empty() {
            methods.push(if methods.is_empty() { "GET, HEAD" } else { "HEAD" });
        }
        methods.join(", ")
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut left, mut right) = (template.split('/'), path.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(want), Some(got)) if want == got || want.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// Mends what holds anywhere in the document.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["minimum", "maximum"] {
                whole_number(map, key);
            }
            if let Some(json) = map.remove("application/json; charset=utf-8") {
                map.insert("application/json".to_owned(), json);
            }
            lone_reference(map);
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn whole_number(map: &mut Map<String, Value>, key: &str) {
    if let Some(number) = map.get(key).and_then(Value::as_f64).filter(|number| number.fract() == 0.0) {
        map.insert(key.to_owned(), json!(number as i64));
    }
}

/// A field of another schema with a description or a default of its own: the framework says both twice, beside `allOf`
/// and as a part of it, and generators take that part for a type.
fn lone_reference(map: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = map.get_mut("allOf") else { return };
    let says_no_type = |part: &Value| {
        part.as_object().is_some_and(|part| part.keys().all(|key| matches!(key.as_str(), "default" | "description")))
    };
    parts.retain(|part| !says_no_type(part));
}

/// Security, descriptions, examples and the problems an operation can meet.
fn complete(path: &str, method: &str, operation: &mut Value, examples: &Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    if operation.get("security").is_none() {
        let token = json!({"accessToken": []});
        operation["security"] = if id == "createAccount" { json!([{}, token]) } else { json!([]) };
    }
    for (status, response) in object(&mut operation["responses"]) {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = json!("OK");
        }
        if status.starts_with('2')
            && let Some(example) = examples.get(&id).and_then(|example| example.get("response"))
        {
            response["content"]["application/json"]["example"] = example.clone();
        }
    }
    if let Some(example) = examples.get(&id).and_then(|example| example.get("request")) {
        for (_, media) in object(&mut operation["requestBody"]["content"]) {
            media["example"] = example.clone();
        }
    }
    for code in problems(path, operation, &id) {
        let (status, title) = code.describe();
        let description = title.en.unwrap_or_default();
        let status = status.as_u16().to_string();
        if operation["responses"].get(&status).is_none() {
            operation["responses"][status] = json!({
                "description": description,
                "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}},
            });
        }
    }
    // A tag is in the headers of a handler that gives one itself; what all read alike gets one at the edge.
    let headers = operation["responses"]["200"]["headers"].as_object();
    let has_tag = headers.is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("ETag")));
    let is_tagged = id.starts_with("list") || matches!(id.as_str(), "getCourse" | "getManifest" | "getBundle");
    if method == "get" && (has_tag || is_tagged) {
        operation["responses"]["304"] = json!({"description": "Not modified: your copy with this ETag still holds"});
    }
}

fn problems(path: &str, operation: &Value, id: &str) -> Vec<Code> {
    let mut codes = vec![Code::Internal];
    let signed = operation["security"].as_array().is_some_and(|ways| !ways.is_empty());
    let has_body = operation.get("requestBody").is_some();
    let reads_database = path.starts_with("/v1/")
        && !matches!(id, "listCourses" | "getCourse" | "listDecks" | "listConcepts" | "getManifest");
    let mut when = |holds: bool, more: &[Code]| {
        if holds {
            codes.extend_from_slice(more)
        }
    };
    when(signed, &[Code::Unauthenticated]);
    when(matches!(id, "createTokens"), &[Code::WrongCredentials]);
    when(id == "refreshTokens", &[Code::RefreshInvalid]);
    when(path.contains('{'), &[Code::NotFound]);
    when(operation.get("parameters").is_some(), &[Code::InvalidParameter]);
    when(
        has_body,
        &[Code::MalformedJson, Code::InvalidRequest, Code::TooLarge, Code::UnsupportedMediaType, Code::Timeout],
    );
    when(matches!(id, "getQueue" | "getChanges" | "getWorkload"), &[Code::InvalidRequest]);
    when(id == "getChanges", &[Code::CursorExpired]);
    when(signed || id == "refreshTokens", &[Code::Erased]);
    let takes = |name: &str| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == name))
    };
    when(path.starts_with("/v1/admin/"), &[Code::NotFound]);
    when(takes("If-Match"), &[Code::VersionRequired, Code::VersionOutdated]);
    when(takes("Idempotency-Key"), &[Code::KeyReused]);
    when(takes("cursor"), &[Code::InvalidRequest]);
    when(id == "joinTeam", &[Code::NotFound, Code::AlreadyMember, Code::AccountRequired]);
    when(id == "deleteUnit", &[Code::InUse]);
    when(id == "createAccount", &[Code::NameTaken, Code::HasAccount]);
    when(matches!(id, "createGuest" | "createAccount" | "createTokens"), &[Code::TooManyRequests]);
    when(true, &[Code::UnsupportedEncoding]);
    when(reads_database || id == "getReadiness", &[Code::Unavailable]);
    codes
}

/// A schema that no handler names, because errors are raised and not returned.
fn schema(name: &str) -> Value {
    let mut registry = Registry::new();
    Problem::register(&mut registry);
    let schema = registry.schemas.get(name).map(serde_json::to_value);
    let mut schema = schema.and_then(Result::ok).unwrap_or_default();
    tidy(&mut schema);
    schema
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("an object of the specification")
}
