//! Sockets and bodies: slow clients, bombs, compression, caching, panics of the framework's making.

use crate::support::{Kind, World};
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn packed(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    macro_rules! pack {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all(bytes).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match encoding {
        "gzip" => pack!(GzipEncoder),
        "br" => pack!(BrotliEncoder),
        _ => pack!(ZstdEncoder),
    }
}

async fn post(world: &World, token: &str, encoding: &str, body: Vec<u8>) -> (StatusCode, Value) {
    let request = world.http.post(format!("{}/v1/answers", world.address)).bearer_auth(token);
    let request = request.header(header::CONTENT_TYPE, "application/json").header(header::CONTENT_ENCODING, encoding);
    let response = request.body(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn packed_bodies_are_read_and_bombs_are_not() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let question = learner.queue("?limit=1").await.remove(0);
    for encoding in ["gzip", "br", "zstd"] {
        let batch = json!({"events": [learner.answer(&question, true)]}).to_string();
        let (status, receipt) =
            post(&world, &learner.access(), encoding, packed(encoding, batch.as_bytes()).await).await;
        assert_eq!((status, &receipt["results"][0]["status"]), (StatusCode::OK, &json!("applied")), "{encoding}");

        let bomb = packed(encoding, &vec![b' '; 64 * 1024 * 1024]).await;
        assert!(bomb.len() < 128 * 1024);
        let (status, problem) = post(&world, &learner.access(), encoding, bomb).await;
        assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")), "{encoding}");

        let (status, problem) = post(&world, &learner.access(), encoding, b"not packed at all".to_vec()).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("malformed_json")), "{encoding}");
    }
    let (status, problem) = post(&world, &learner.access(), "compress", b"{}".to_vec()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("unsupported_encoding")));
    let (status, _) = post(&world, &learner.access(), "identity", vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn hostile_json_gets_a_problem() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let deep = format!(r#"{{"events":[],"client":{}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
    let twice = r#"{"events":[],"events":[]}"#.to_owned();
    for (body, status) in [
        (deep.into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        (twice.into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        (b"{\"events\":[\"\xff\"]}".to_vec(), StatusCode::BAD_REQUEST),
        (b"[]".to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        (b"null".to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        (b"1e999".to_vec(), StatusCode::BAD_REQUEST),
    ] {
        let label = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (found, problem) = post(&world, &learner.access(), "identity", body).await;
        assert_eq!(found, status, "{label}: {problem}");
        assert!(problem["code"].is_string());
    }
}

#[tokio::test]
async fn what_all_read_alike_is_kept_by_its_etag() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    for path in ["/v1/courses", "/v1/courses/medarbeiderskap/concepts", "/openapi.json"] {
        let url = format!("{}{path}", world.address);
        let first = world.http.get(&url).send().await.unwrap();
        let etag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_eq!(first.headers()[header::VARY], "Accept-Language, Accept-Encoding");
        let again =
            world.http.get(&url).header(header::IF_NONE_MATCH, format!("\"other\", W/{etag}")).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(again.bytes().await.unwrap().is_empty());
        let head = world.http.head(&url).send().await.unwrap();
        assert_eq!(head.headers()[header::ETAG], etag.as_str(), "HEAD tells what GET would");
        assert!(head.bytes().await.unwrap().is_empty());
        let stale = world.http.get(&url).header(header::IF_NONE_MATCH, "\"other\"").send().await.unwrap();
        assert_eq!(stale.status(), StatusCode::OK);
    }
    let own = world.http.get(format!("{}/v1/me", world.address)).bearer_auth(learner.access()).send().await.unwrap();
    assert_eq!(own.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_slow_request_head_is_cut_off() {
    let world = World::new(Kind::Sqlite).await;
    let mut slow = tokio::net::TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    slow.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(40), slow.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_what_it_began() {
    use laerd::{api, server};
    use tokio_util::sync::CancellationToken;
    let world = World::new(Kind::Sqlite).await;
    let listener = server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, routes) = (CancellationToken::new(), api::routes(&world.app, api::edge::Settings::default()));
    let serving = world.app.tasks.spawn(server::serve(listener, routes, 16, stop.clone()));
    let mut begun = tokio::net::TcpStream::connect(address).await.unwrap();
    begun
        .write_all(b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    begun.write_all(b"}").await.unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    serving.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_occupied_port_is_told() {
    let taken = laerd::server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = taken.local_addr().unwrap();
    let text = laerd::server::bind(address).await.unwrap_err().to_string();
    assert!(text.contains("in use") && text.contains("LAERD_LISTEN"), "{text}");
}
