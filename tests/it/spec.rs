//! The specification is a product: committed, complete, and what the server does.

use crate::{
    support::{
        Kind, Learner, World,
        anki::{self, Collection, Note, Review, Wrapping},
    },
    teams_examples,
};
use laerd::{
    api::spec,
    domain::access::{Action, Decision, Role, decide},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};

fn document() -> Value {
    serde_json::from_str(&spec::document()).unwrap()
}

#[test]
fn the_committed_file_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/laerd-v1.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, spec::document()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == spec::document(),
        "openapi/laerd-v1.json is out of date\n  cure: run `make openapi` and commit it"
    );
}

#[test]
fn every_operation_is_described_in_full() {
    let document = document();
    assert_eq!(document["openapi"], "3.0.3");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let label = format!("{method} {path}");
            for field in ["operationId", "summary"] {
                assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{label} lacks {field}");
            }
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{label}");
            assert!(operation["security"].is_array(), "{label} says nothing of security");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{label}");
            for (status, response) in responses {
                assert!(!response["description"].as_str().unwrap().is_empty(), "{label} {status}");
                if status.as_str() >= "400" {
                    assert!(response["content"]["application/problem+json"].is_object(), "{label} {status}");
                }
            }
            if path.starts_with("/v1/") {
                for (status, response) in
                    responses.iter().filter(|(status, _)| matches!(status.as_str(), "200" | "201"))
                {
                    assert!(
                        !response["content"]["application/json"]["example"].is_null(),
                        "{label} {status} has no example"
                    );
                }
                for (_, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                    assert!(!media["example"].is_null(), "{label}");
                }
            }
        }
    }
}

#[test]
fn what_is_read_with_a_tag_may_be_not_modified() {
    let document = document();
    let mut tagged = Vec::new();
    for item in document["paths"].as_object().unwrap().values().filter(|item| item["get"].is_object()) {
        let (id, responses) = (&item["get"]["operationId"], &item["get"]["responses"]);
        let mut headers = responses["200"]["headers"].as_object().into_iter().flat_map(|headers| headers.keys());
        if headers.any(|name| name.eq_ignore_ascii_case("etag")) {
            assert!(responses["304"].is_object(), "{id}");
            tagged.push(id);
        }
    }
    assert_eq!(tagged, ["getUnit", "getScheduler", "getSnapshot"]);
}

/// Schemas that `value` names, and those that they name in turn.
fn reached(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| reached(document, item, found)),
        Value::Object(map) => {
            let name = map.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
            if let Some(name) = name.filter(|name| found.insert((*name).to_owned())) {
                reached(document, &document["components"]["schemas"][name], found);
            }
            map.values().for_each(|value| reached(document, value, found));
        }
        _ => {}
    }
}

#[test]
fn what_is_read_strictly_is_closed_and_what_is_answered_may_grow() {
    let document = document();
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        reached(&document, &operation["requestBody"], &mut sent);
        reached(&document, &operation["responses"], &mut answered);
    }
    let schema = |name: &String| &document["components"]["schemas"][name];
    let is_closed = |name: &&String| schema(name)["additionalProperties"] == false;
    assert_eq!(answered.iter().filter(is_closed).collect::<Vec<_>>(), [""; 0], "no member could be added");
    // Of an event, fields we do not know are kept: a newer client may say more.
    let mut kept = BTreeSet::from(["Event".to_owned()]);
    reached(&document, &document["components"]["schemas"]["Event"], &mut kept);
    let strict = sent.difference(&kept).filter(|name| schema(name)["type"] == "object");
    let open: Vec<&String> = strict.filter(|name| !is_closed(name)).collect();
    assert_eq!(open, [""; 0], "the server refuses what it does not know");
}

/// Who may call what: every operation stands here, and the specification says the same.
const TABLE: &[(&str, Action)] = &[
    ("getLiveness", Action::Look),
    ("getReadiness", Action::Look),
    ("createGuest", Action::SignIn),
    ("createAccount", Action::SignIn),
    ("createTokens", Action::SignIn),
    ("refreshTokens", Action::SignIn),
    ("deleteTokens", Action::Study),
    ("getMe", Action::Study),
    ("deleteMe", Action::Study),
    ("listCourses", Action::ReadCatalogue),
    ("getCourse", Action::ReadCatalogue),
    ("listDecks", Action::ReadCatalogue),
    ("listConcepts", Action::ReadCatalogue),
    ("getEnrolment", Action::Study),
    ("putEnrolment", Action::Study),
    ("getQueue", Action::Study),
    ("recordAnswers", Action::Study),
    ("getMastery", Action::Study),
    ("getConceptMastery", Action::Study),
    ("getConceptMap", Action::Study),
    ("createCheck", Action::Study),
    ("createChallenge", Action::Study),
    ("getProgress", Action::Study),
    ("getWorkload", Action::Study),
    ("getChanges", Action::Study),
    ("getSnapshot", Action::Study),
    ("getDigest", Action::Study),
    ("getScheduler", Action::Study),
    ("createMerge", Action::Study),
    ("importHistory", Action::Study),
    ("getManifest", Action::ReadCatalogue),
    ("getBundle", Action::Study),
];

#[test]
fn every_operation_stands_in_the_authorisation_table() {
    let operations = spec::operations();
    let table: Vec<&(&str, Action)> = TABLE.iter().chain(teams_examples::TABLE).collect();
    assert_eq!(operations.len(), table.len());
    for (_, _, id, needs_token) in operations {
        let (_, action) =
            table.iter().find(|(name, _)| *name == id).unwrap_or_else(|| panic!("{id} is not in the table"));
        assert_eq!(decide(None, *action) == Decision::Deny, needs_token, "{id}");
        for role in [Role::Learner, Role::Author, Role::Admin] {
            let is_hidden = *action == Action::Administer && role != Role::Admin;
            let expected = if is_hidden { Decision::Hide } else { Decision::Allow };
            assert_eq!(decide(Some(role), *action), expected, "{id}");
        }
    }
}

/// A walk through every operation; what is sent and what comes back are the examples of the specification.
#[tokio::test]
async fn the_examples_are_what_the_server_really_says() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let mut walk = Walk { learner: &learner, examples: serde_json::Map::new() };
    let course = "/v1/courses/medarbeiderskap";
    walk.step("createGuest", Method::POST, "/v1/guests", None).await;
    walk.step("listCourses", Method::GET, "/v1/courses", None).await;
    walk.step("getCourse", Method::GET, course, None).await;
    walk.step("listDecks", Method::GET, &format!("{course}/decks"), None).await;
    walk.step("listConcepts", Method::GET, &format!("{course}/concepts"), None).await;
    let choices = json!({"retention": 0.9, "exam_date": "2027-01-31", "new_per_day": 10, "time_zone": "Europe/Oslo", "rollover_hour": 4});
    walk.step("putEnrolment", Method::PUT, &format!("{course}/enrolment"), Some(choices)).await;
    walk.step("getEnrolment", Method::GET, &format!("{course}/enrolment"), None).await;
    walk.step("getQueue", Method::GET, &format!("{course}/queue?mode=learn&chapter=3"), None).await;
    let questions = learner.queue("?mode=learn&chapter=3&limit=100").await;
    let about = |question: &&Value| question["concepts"][0] == "laerende-organisasjon";
    let question = questions.iter().find(about).expect("a question on the concept");
    let mut answer = learner.answer(question, false);
    answer["id"] = json!("0193547f-8a60-7c3e-9b1a-5d2f60718293");
    answer["duration_ms"] = json!(4200);
    let client = json!({"app": "web", "version": "1.4.0"});
    let batch = json!({"device_id": "01935480-0000-7000-8000-00000000d001", "client": client, "events": [answer]});
    walk.step("recordAnswers", Method::POST, "/v1/answers", Some(batch)).await;
    walk.step("getMastery", Method::GET, &format!("{course}/mastery"), None).await;
    walk.step("getConceptMastery", Method::GET, &format!("{course}/mastery/laerende-organisasjon"), None).await;
    walk.step("getConceptMap", Method::GET, &format!("{course}/concept-map"), None).await;
    let asked = json!({"asked": [question["id"]], "limit": 1});
    walk.step("createCheck", Method::POST, &format!("{course}/checks"), Some(asked)).await;
    let challenges = format!("{course}/mastery/laerende-organisasjon/challenges");
    walk.step("createChallenge", Method::POST, &challenges, None).await;
    walk.step("getProgress", Method::GET, &format!("{course}/progress"), None).await;
    walk.step("getWorkload", Method::GET, &format!("{course}/progress/workload"), None).await;
    walk.import_history(course).await;
    walk.step("getManifest", Method::GET, &format!("{course}/manifest"), None).await;
    let manifest = learner.get(&format!("{course}/manifest")).await;
    let bundle = manifest["bundles"][2]["sha256"].as_str().expect("a bundle").to_owned();
    walk.step("getBundle", Method::GET, &format!("/v1/bundles/{bundle}"), None).await;
    walk.step("getChanges", Method::GET, "/v1/changes", None).await;
    walk.step("getSnapshot", Method::GET, "/v1/snapshot", None).await;
    walk.step("getDigest", Method::GET, "/v1/digest", None).await;
    walk.step("getScheduler", Method::GET, "/v1/scheduler", None).await;
    let guest = world.guest().await;
    let merge = json!({"access_token": guest.access()});
    walk.step("createMerge", Method::POST, "/v1/me/merges", Some(merge)).await;
    let account = json!({"name": "amina.berg", "password": "tre grønne hatter"});
    walk.step("createAccount", Method::POST, "/v1/accounts", Some(account.clone())).await;
    walk.step("createTokens", Method::POST, "/v1/tokens", Some(account)).await;
    walk.step("getMe", Method::GET, "/v1/me", None).await;
    let refresh = json!({"refresh_token": learner.refresh()});
    walk.step("refreshTokens", Method::POST, "/v1/tokens/refresh", Some(refresh)).await;
    walk.examples.extend(teams_examples::examples().await);
    let text = format!("{}\n", serde_json::to_string_pretty(&Value::Object(walk.examples)).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/examples.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "src/api/examples.json is out of date\n  cure: run `make openapi` and commit it");
}

struct Walk<'a> {
    learner: &'a Learner<'a>,
    examples: serde_json::Map<String, Value>,
}

impl Walk<'_> {
    /// The body is a file, which is shown by its name.
    async fn import_history(&mut self, course: &str) {
        let question = &self.learner.queue("?mode=learn&chapter=3&limit=1").await[0];
        let known = self.learner.world.question(question["id"].as_str().expect("an id"));
        let notes = vec![Note::new(1, &known.stem), Note::new(2, "Hva heter hovedstaden i Bolivia?")];
        let reviews = vec![Review::good(1, 10), Review::good(1, 20), Review::good(2, 20)];
        let package = Collection { notes, reviews }.package(Wrapping::Newest).await;
        let (status, response) = anki::import(self.learner, &format!("{course}/history"), package).await;
        assert!(status.is_success(), "{response}");
        let example = json!({"request": "the bytes of medarbeiderskap.apkg", "response": response});
        self.examples.insert("importHistory".to_owned(), example);
    }

    async fn step(&mut self, id: &str, method: Method, path: &str, body: Option<Value>) {
        let (status, mut response) = self.learner.send(method, path, body.as_ref()).await;
        assert!(status.is_success(), "{id}: {status} {response}");
        shorten(&mut response);
        let mut example = serde_json::Map::from_iter([("response".to_owned(), response)]);
        example.extend(body.map(|body| ("request".to_owned(), body)));
        self.examples.insert(id.to_owned(), Value::Object(example));
    }
}

/// Lists of one say enough, but a choice needs its options.
pub fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            let is_long = items.first().is_some_and(|item| item.as_object().is_some_and(|item| item.len() > 2));
            // Numbers belong together, as the weights of the scheduler do.
            let are_numbers = items.first().is_some_and(Value::is_number);
            items.truncate(if is_long {
                1
            } else if are_numbers {
                usize::MAX
            } else {
                5
            });
            items.iter_mut().for_each(shorten);
        }
        Value::Object(map) => map.values_mut().for_each(shorten),
        _ => {}
    }
}
