//! Who may keep a response, and how he asks whether it is still good.
//!
//! What a learner reads is his alone and is not kept. What all read alike is kept and asked for by its ETag. A handler
//! that sets `Cache-Control` or `ETag` itself has said what holds for it.

use super::packing::{content_of, vary};
use crate::vocab::text::Lang;
use data_encoding::HEXLOWER;
use poem::{
    Body, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use sha2::{Digest, Sha256};

/// Adds the headers of caching to a good response, and leaves its body out where the client has it: `known` is his
/// If-None-Match.
pub async fn finish(mut response: Response, method: &Method, path: &str, lang: Lang, known: Option<&str>) -> Response {
    let status = response.status();
    let is_good = status.is_success() || status == StatusCode::NOT_MODIFIED;
    if !is_good || !path.starts_with("/v1/") && path != "/openapi.json" {
        return response;
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let keep = if is_read && is_shared(path) { "no-cache" } else { "no-store" };
    if keep == "no-cache" {
        response = tagged(response).await;
        let headers = response.headers_mut();
        vary(headers, "Accept-Language");
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag(lang)));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(keep));
    let may_be_known = is_read && matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED);
    match known.filter(|_| may_be_known).and_then(|known| same(&response, known)) {
        Some(etag) => not_modified(response, etag),
        None => response,
    }
}

/// Paths whose answer does not depend on who asks.
fn is_shared(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    matches!(parts.as_slice(), ["openapi.json"] | ["v1", "courses"] | ["v1", "courses", _])
        || matches!(parts.as_slice(), ["v1", "courses", _, "decks" | "concepts" | "manifest"])
}

async fn tagged(mut response: Response) -> Response {
    if response.headers().contains_key(header::ETAG) {
        return response;
    }
    let bytes = response.take_body().into_bytes().await.unwrap_or_default();
    let digest = HEXLOWER.encode(&Sha256::digest(&bytes)[..12]);
    response.set_body(bytes);
    if let Ok(etag) = HeaderValue::try_from(format!("\"{digest}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Whether the client has what this tag stands for; asked by a handler that spares itself the making of it.
pub fn is_known(known: &str, etag: &str) -> bool {
    known.trim() == "*" || known.split(',').any(|his| content_of(his) == content_of(etag))
}

/// The tag by which the client knows this response, whichever encoding he got it in.
fn same(response: &Response, known: &str) -> Option<HeaderValue> {
    let etag = response.headers().get(header::ETAG)?;
    if known.trim() == "*" {
        return Some(etag.clone());
    }
    let content = content_of(etag.to_str().ok()?);
    let his = known.split(',').map(str::trim).find(|his| content_of(his) == content)?;
    HeaderValue::from_str(his).ok()
}

/// Told by the client's own tag: of all he may have kept it is this one that is still good.
fn not_modified(mut response: Response, etag: HeaderValue) -> Response {
    response.set_status(StatusCode::NOT_MODIFIED);
    response.set_body(Body::empty());
    let headers = response.headers_mut();
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE] {
        headers.remove(name);
    }
    headers.insert(header::ETAG, etag);
    vary(headers, "Accept-Encoding");
    response
}

fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Nb => "nb",
        Lang::Nn => "nn",
        Lang::En => "en",
    }
}
