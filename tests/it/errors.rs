//! Whatever is wrong with a request, the answer is a problem with a code and a cure, in the reader's language.

use crate::support::{Kind, World};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

struct Case {
    method: Method,
    path: &'static str,
    body: Option<&'static str>,
    signed: bool,
    status: u16,
    code: &'static str,
    pointer: Option<&'static str>,
}

fn case(method: Method, path: &'static str, body: Option<&'static str>, status: u16, code: &'static str) -> Case {
    Case { method, path, body, signed: true, status, code, pointer: None }
}

fn at(pointer: &'static str, case: Case) -> Case {
    Case { pointer: Some(pointer), ..case }
}

fn unsigned(case: Case) -> Case {
    Case { signed: false, ..case }
}

fn cases() -> Vec<Case> {
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let enrolment = "/v1/courses/medarbeiderskap/enrolment";
    let queue = "/v1/courses/medarbeiderskap/queue";
    vec![
        case(get.clone(), "/v1/nowhere", None, 404, "not_found"),
        case(get.clone(), "/v1/courses/unknown/queue", None, 404, "not_found"),
        case(get.clone(), "/v1/courses/unknown", None, 404, "not_found"),
        case(get.clone(), "/v1/courses/medarbeiderskap/mastery/unknown", None, 404, "not_found"),
        case(get.clone(), "/v1/courses/medarbeiderskap/queue?mode=learn&chapter=9", None, 404, "not_found"),
        at("chapter", case(get.clone(), "/v1/courses/medarbeiderskap/queue?mode=learn", None, 422, "invalid_request")),
        at("limit", case(get.clone(), "/v1/courses/medarbeiderskap/queue?limit=0", None, 400, "invalid_parameter")),
        at("limit", case(get.clone(), "/v1/courses/medarbeiderskap/queue?limit=many", None, 400, "invalid_parameter")),
        at("mode", case(get.clone(), "/v1/courses/medarbeiderskap/queue?mode=sleep", None, 400, "invalid_parameter")),
        unsigned(case(get.clone(), queue, None, 401, "unauthenticated")),
        unsigned(case(post.clone(), "/v1/answers", Some("{}"), 401, "unauthenticated")),
        case(Method::PATCH, "/v1/answers", None, 405, "method_not_allowed"),
        case(post.clone(), "/v1/answers", Some("{"), 400, "malformed_json"),
        case(post.clone(), "/v1/answers", Some("\u{0}"), 400, "malformed_json"),
        at("/events", case(post.clone(), "/v1/answers", Some("{}"), 422, "invalid_request")),
        at("/events", case(post.clone(), "/v1/answers", Some(r#"{"events":{}}"#), 422, "invalid_request")),
        at("/extra", case(post.clone(), "/v1/answers", Some(r#"{"events":[],"extra":1}"#), 422, "invalid_request")),
        at(
            "/device_id",
            case(post.clone(), "/v1/answers", Some(r#"{"events":[],"device_id":"x"}"#), 422, "invalid_request"),
        ),
        at(
            "/client/app",
            case(
                post.clone(),
                "/v1/answers",
                Some(r#"{"events":[],"client":{"version":"1"}}"#),
                422,
                "invalid_request",
            ),
        ),
        at("/refresh_token", case(post.clone(), "/v1/tokens/refresh", Some("{}"), 422, "invalid_request")),
        at(
            "/device_id",
            case(post.clone(), "/v1/answers", Some(r#"{"events":[],"device_id":null}"#), 422, "invalid_request"),
        ),
        at("/exam_date", case(put.clone(), enrolment, Some(r#"{"exam_date":null}"#), 422, "invalid_request")),
        case(get.clone(), "/v1/courses/%ff/decks", None, 400, "invalid_parameter"),
        case(post.clone(), "/v1/tokens/refresh", Some(r#"{"refresh_token":"lr_x"}"#), 401, "refresh_invalid"),
        at("/retention", case(put.clone(), enrolment, Some(r#"{"retention":1.5}"#), 422, "invalid_request")),
        at("/time_zone", case(put.clone(), enrolment, Some(r#"{"time_zone":"Mars/Olympus"}"#), 422, "invalid_request")),
        at("/exam_date", case(put.clone(), enrolment, Some(r#"{"exam_date":"2027-02-30"}"#), 422, "invalid_request")),
        at("/new_per_day", case(put.clone(), enrolment, Some(r#"{"new_per_day":-1}"#), 422, "invalid_request")),
        at("/rollover_hour", case(put, enrolment, Some(r#"{"rollover_hour":24}"#), 422, "invalid_request")),
    ]
}

#[tokio::test]
async fn every_fault_is_a_problem_with_a_code_and_a_cure() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    for case in cases() {
        let mut request = world.http.request(case.method.clone(), format!("{}{}", world.address, case.path));
        if case.signed {
            request = request.bearer_auth(learner.access());
        }
        if let Some(body) = case.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.header(header::ACCEPT_LANGUAGE, "nn, en;q=0.5").send().await.unwrap();
        let label = format!("{} {} {:?}", case.method, case.path, case.body);
        assert_eq!(response.status().as_u16(), case.status, "{label}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{label}");
        let headers = response.headers().clone();
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], case.code, "{label}: {problem}");
        assert_eq!(problem["status"], case.status);
        assert_eq!(problem["request_id"], headers["x-request-id"].to_str().unwrap());
        assert!(problem["detail"].is_string() || problem["errors"].is_array(), "{label}: no cure in {problem}");
        if let Some(pointer) = case.pointer {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{label}: {problem}");
        }
        match case.status {
            401 => assert!(headers.contains_key(header::WWW_AUTHENTICATE), "{label}"),
            405 => assert_eq!(headers[header::ALLOW], "POST", "{label}"),
            _ => {}
        }
        let text = problem.to_string();
        assert!(
            !text.contains("serde")
                && !text.contains("poem")
                && !text.contains("EOF while")
                && !text.contains("expected value"),
            "{label}: {text}"
        );
    }
}

#[tokio::test]
async fn titles_speak_the_readers_language() {
    let world = World::new(Kind::Sqlite).await;
    for (accepts, title) in [
        ("", "Finnes ikke"),
        ("nn-NO", "Finst ikkje"),
        ("en-GB,en;q=0.9", "Not found"),
        ("sv, no;q=0.3, en;q=0.2", "Finnes ikke"),
        ("de", "Finnes ikke"),
    ] {
        let request = world.http.get(format!("{}/v1/nowhere", world.address)).header("accept-language", accepts);
        let problem: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(problem["title"], title, "{accepts}");
    }
    let concepts = world.http.get(format!("{}/v1/courses/medarbeiderskap/concepts", world.address));
    let concepts: Value = concepts.header("accept-language", "en").send().await.unwrap().json().await.unwrap();
    let names: Vec<&str> =
        concepts["concepts"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Tacit knowledge"), "{names:?}");
}

#[tokio::test]
async fn another_learners_events_stay_unseen() {
    let world = World::new(Kind::Sqlite).await;
    let (one, other) = (world.guest().await, world.guest().await);
    let question = one.queue("?limit=1").await.remove(0);
    let event = one.answer(&question, true);
    one.push(std::slice::from_ref(&event)).await;
    let receipt = other.push(std::slice::from_ref(&event)).await;
    assert_eq!(receipt["results"][0]["status"], "applied", "the same id in another log is another event");
    let receipt = other.push(&[other.void(&event)]).await;
    assert_eq!(receipt["head"], 2);
    assert_eq!(one.get("/v1/courses/medarbeiderskap/progress").await["met"], 1, "a void reaches one's own log only");
}

#[tokio::test]
async fn an_unknown_token_is_refused_on_every_signed_operation() {
    let world = World::new(Kind::Sqlite).await;
    let guest = world.guest().await;
    let access = guest.access();
    let changed = format!("{}A", &access[..access.len() - 1]);
    let other_kind = guest.refresh();
    for (method, template, id, signed) in laerd::api::spec::operations() {
        let path = template.replace("{course}", "medarbeiderskap").replace("{concept}", "laerende-organisasjon");
        let method: Method = method.parse().unwrap();
        for token in [None, Some(changed.clone()), Some(other_kind.clone()), Some("x".to_owned())] {
            let mut request = world.http.request(method.clone(), format!("{}{path}", world.address));
            request = token.iter().fold(request, |request, token| request.bearer_auth(token));
            let status = request.json(&json!({})).send().await.unwrap().status();
            if signed {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{id}");
            } else if token.is_none() {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{id}");
            }
        }
    }
}
