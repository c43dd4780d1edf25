//! Responses: packed as the client takes them, kept by their ETag, read by pages of the origins the operator names.

use crate::support::{
    Kind, Learner, Organisation, World,
    organisation::{change, post},
};
use async_compression::tokio::write::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use laerd::{api, server};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

const CONCEPTS: &str = "/v1/courses/medarbeiderskap/concepts";

async fn unpacked(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    macro_rules! unpack {
        ($decoder:ident) => {{
            let mut decoder = $decoder::new(Vec::new());
            decoder.write_all(bytes).await.unwrap();
            decoder.shutdown().await.unwrap();
            decoder.into_inner()
        }};
    }
    match encoding {
        "gzip" => unpack!(GzipDecoder),
        "br" => unpack!(BrotliDecoder),
        "zstd" => unpack!(ZstdDecoder),
        _ => bytes.to_vec(),
    }
}

async fn get(world: &World, path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
    let request = world.http.get(format!("{}{path}", world.address));
    headers.iter().fold(request, |request, (name, value)| request.header(name, *value)).send().await.unwrap()
}

fn text(response: &Response, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_response_is_packed_as_the_client_takes_it() {
    let world = World::new(Kind::Sqlite).await;
    let plain = get(&world, CONCEPTS, &[]).await;
    assert_eq!(
        (text(&plain, header::CONTENT_ENCODING), text(&plain, header::VARY)),
        ("", "Accept-Language, Accept-Encoding")
    );
    let plain = plain.bytes().await.unwrap();
    let mut etags = Vec::new();
    for (accept, encoding) in [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=0", ""),
        ("zstd;q=0, *;q=0.5", "br"),
        ("identity;q=0, *;q=0", ""),
    ] {
        let response = get(&world, CONCEPTS, &[(header::ACCEPT_ENCODING, accept)]).await;
        assert_eq!(
            (response.status(), text(&response, header::CONTENT_ENCODING)),
            (StatusCode::OK, encoding),
            "{accept}"
        );
        let (length, etag) =
            (text(&response, header::CONTENT_LENGTH).to_owned(), text(&response, header::ETAG).to_owned());
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        let body = response.bytes().await.unwrap();
        assert_eq!(length, body.len().to_string(), "{accept}");
        assert!(encoding.is_empty() || body.len() * 2 < plain.len(), "{accept}: {}", body.len());
        assert_eq!(unpacked(encoding, &body).await, plain, "{accept}");

        let head = world.http.head(format!("{}{CONCEPTS}", world.address)).header(header::ACCEPT_ENCODING, accept);
        let head = head.send().await.unwrap();
        assert_eq!((text(&head, header::CONTENT_LENGTH), text(&head, header::ETAG)), (length.as_str(), etag.as_str()));
        assert!(head.bytes().await.unwrap().is_empty());
        etags.push(etag);
    }
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 4, "each encoding has its own tag: {etags:?}");
}

#[tokio::test]
async fn a_kept_response_is_known_again_whatever_its_encoding() {
    let world = World::new(Kind::Sqlite).await;
    for kept in ["zstd", "br", "gzip", "identity"] {
        let first = get(&world, CONCEPTS, &[(header::ACCEPT_ENCODING, kept)]).await;
        let etag = text(&first, header::ETAG).to_owned();
        for now in ["zstd", "gzip", "identity"] {
            let headers = [(header::ACCEPT_ENCODING, now), (header::IF_NONE_MATCH, etag.as_str())];
            let again = get(&world, CONCEPTS, &headers).await;
            assert_eq!((again.status(), text(&again, header::ETAG)), (StatusCode::NOT_MODIFIED, etag.as_str()));
            assert_eq!(text(&again, header::VARY), "Accept-Language, Accept-Encoding");
            assert_eq!((text(&again, header::CONTENT_ENCODING), text(&again, header::CONTENT_TYPE)), ("", ""));
            assert!(again.bytes().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn what_is_small_or_ones_own_is_treated_as_such() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let bearer = format!("Bearer {}", learner.access());
    let own = |path, accept| {
        let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::ACCEPT_ENCODING, accept)];
        let world = &world;
        async move { get(world, path, &headers).await }
    };
    let me = own("/v1/me", "gzip, br, zstd").await;
    assert_eq!((text(&me, header::CONTENT_ENCODING), text(&me, header::VARY)), ("", "Accept-Encoding"));
    let me = own("/v1/me", "gzip, identity;q=0").await;
    assert_eq!(text(&me, header::CONTENT_ENCODING), "gzip", "a client who takes nothing plain gets nothing plain");
    let queue = own("/v1/courses/medarbeiderskap/queue?mode=learn&chapter=1", "gzip").await;
    assert_eq!((text(&queue, header::CONTENT_ENCODING), text(&queue, header::CACHE_CONTROL)), ("gzip", "no-store"));
    assert_eq!(text(&queue, header::ETAG), "");
    let session: Value = serde_json::from_slice(&unpacked("gzip", &queue.bytes().await.unwrap()).await).unwrap();
    assert!(session["questions"].is_array());
    assert_eq!(get(&world, "/nowhere", &[(header::ACCEPT_ENCODING, "gzip")]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_read_packed_is_changed_by_the_tag_it_came_with() {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let team = organisation.unit("Kino", None).await;
    let lead = organisation.lead("leder.lise", &team).await;
    let follow_up = "Vi deler en feil hver på fredagsmøtet. ".repeat(45);
    let activity = json!({"kind": "share_knowledge", "title": "Feil", "held_on": "2026-11-20", "follow_up": follow_up, "done": false});
    let (_, made) = post(&lead, &format!("/v1/teams/{team}/activities"), &activity).await;
    let url = format!("{}/v1/teams/{team}/activities/{}", world.address, made["id"].as_str().unwrap());
    let mut tag = "\"1\"".to_owned();
    for encoding in ["gzip", "br", "zstd"] {
        let request = world.http.put(&url).bearer_auth(lead.access()).header(header::ACCEPT_ENCODING, encoding);
        let response = request.header(header::IF_MATCH, &tag).json(&activity).send().await.unwrap();
        assert_eq!((response.status(), text(&response, header::CONTENT_ENCODING)), (StatusCode::OK, encoding), "{tag}");
        tag = text(&response, header::ETAG).to_owned();
    }
    assert_eq!(
        change(&lead, Method::DELETE, url.trim_start_matches(&world.address), ("if-match", &tag), &Value::Null).await.0,
        204
    );
}

/// The answers of a server that lets pages of `https://quiz.example.no` read.
struct Elsewhere<'a> {
    learner: Learner<'a>,
    address: String,
    stop: CancellationToken,
}

impl<'a> Elsewhere<'a> {
    async fn new(world: &'a World) -> Self {
        let listener = server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let allowed_origins = vec!["https://quiz.example.no".to_owned()];
        let settings = api::edge::Settings { allowed_origins, ..api::edge::Settings::default() };
        let stop = CancellationToken::new();
        world.app.tasks.spawn(server::serve(listener, api::routes(&world.app, settings), 16, stop.clone()));
        Self { learner: world.guest().await, address, stop }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.learner.world.http.request(method, format!("{}{path}", self.address));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn names(list: &str) -> BTreeSet<String> {
    list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// The headers that operations take, and those that their answers have.
fn headers_of_the_specification() -> (BTreeSet<String>, BTreeSet<String>) {
    let spec: Value = serde_json::from_str(&api::spec::document()).unwrap();
    let (mut taken, mut given) = (BTreeSet::new(), BTreeSet::new());
    let operations = spec["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    for operation in operations {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let headers = parameters.filter(|parameter| parameter["in"] == "header");
        taken.extend(headers.map(|header| header["name"].as_str().unwrap().to_ascii_lowercase()));
        let responses = operation["responses"].as_object().unwrap().values();
        let headers = responses.filter_map(|response| response["headers"].as_object()).flat_map(|all| all.keys());
        given.extend(headers.map(|name| name.to_ascii_lowercase()));
    }
    assert!(taken.contains("if-match") && given.contains("etag"));
    (taken, given)
}

#[tokio::test]
async fn a_page_of_a_named_origin_may_read_and_no_other() {
    let world = World::new(Kind::Sqlite).await;
    let server = Elsewhere::new(&world).await;
    let bearer = format!("Bearer {}", server.learner.access());
    for (path, status) in [("/v1/me", StatusCode::OK), ("/v1/nowhere", StatusCode::NOT_FOUND)] {
        let headers = [("Origin", "https://quiz.example.no"), ("Authorization", bearer.as_str())];
        let response = server.send(Method::GET, path, &headers).await;
        assert_eq!(response.status(), status);
        assert_eq!(text(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN), "https://quiz.example.no");
        assert_eq!(text(&response, header::VARY), "Accept-Encoding, Origin");
        let readable = names(text(&response, header::ACCESS_CONTROL_EXPOSE_HEADERS));
        let beside = ["allow", "retry-after", "x-request-id"].map(str::to_owned);
        let wanted: BTreeSet<String> = beside.into_iter().chain(headers_of_the_specification().1).collect();
        assert_eq!(readable, wanted);
    }
    for origin in ["https://quiz.example.no.evil.no", "http://quiz.example.no", "null", "https://QUIZ.example.no"] {
        let response = server.send(Method::GET, "/v1/courses", &[("Origin", origin)]).await;
        assert_eq!((response.status(), text(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN)), (StatusCode::OK, ""));
        assert_eq!(text(&response, header::VARY), "Accept-Language, Accept-Encoding, Origin", "a cache must know");
    }
    let unnamed = get(&world, "/v1/courses", &[(header::ORIGIN, "https://quiz.example.no")]).await;
    assert_eq!(text(&unnamed, header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "no origin is named by default");
}

#[tokio::test]
async fn a_browser_that_asks_first_is_told_what_it_may_send() {
    let world = World::new(Kind::Sqlite).await;
    let server = Elsewhere::new(&world).await;
    let ask = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")];
    let ours = [&ask[..], &[("Origin", "https://quiz.example.no")]].concat();
    let response = server.send(Method::OPTIONS, "/v1/answers", &ours).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(text(&response, header::ACCESS_CONTROL_ALLOW_METHODS), "POST");
    let allowed = names(text(&response, header::ACCESS_CONTROL_ALLOW_HEADERS));
    let beside = ["authorization", "content-type", "content-encoding", "if-none-match"].map(str::to_owned);
    let wanted: BTreeSet<String> = beside.into_iter().chain(headers_of_the_specification().0).collect();
    assert_eq!(allowed, wanted);
    assert_eq!(text(&response, header::ACCESS_CONTROL_MAX_AGE), "7200");
    assert!(response.bytes().await.unwrap().is_empty());
    let theirs = [&ask[..], &[("Origin", "https://evil.example")]].concat();
    let refused = server.send(Method::OPTIONS, "/v1/answers", &theirs).await;
    assert_eq!((refused.status(), text(&refused, header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    assert_eq!(text(&refused, header::ACCESS_CONTROL_ALLOW_METHODS), "");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], json!("method_not_allowed"));
}
