//! What every request passes on its way in and out: an id, a bounded and decompressed body, a guard against panics,
//! one shape of errors, caching headers, one line in the log.

use super::{
    problem::{Code, Raised, raised},
    spec,
    wire::language,
};
use crate::{app::App, vocab::text::Lang};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use data_encoding::HEXLOWER;
use futures_util::FutureExt;
use poem::{
    Body, Endpoint, Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use sha2::{Digest, Sha256};
use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

/// What an operator may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Take the client's address from the last X-Forwarded-For; only behind a proxy of one's own.
    pub trust_forwarded_for: bool,
}

/// The largest body, as sent and as unpacked.
pub const MAX_BODY_BYTES: u64 = 1024 * 1024;
/// A phone with one bar sends its megabyte in this time, or tries again.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The edge around the routes.
pub struct Edge<E> {
    inner: E,
    app: Arc<App>,
    settings: Settings,
    methods: spec::Methods,
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    pub fn new(inner: E, app: Arc<App>, settings: Settings) -> Self {
        Self { inner, app, settings, methods: spec::Methods::new() }
    }

    async fn answer(&self, mut request: Request) -> Result<Response, Raised> {
        if let Some(from) = self.forwarded_for(&request) {
            request.extensions_mut().insert(from);
        }
        let body = tokio::time::timeout(BODY_TIMEOUT, unpack(&mut request)).await;
        let body =
            body.unwrap_or_else(|_| Err(Raised::new(Code::Timeout, "the body came too slowly; send it again")))?;
        request.set_body(body);
        let answered = AssertUnwindSafe(self.inner.call(request)).catch_unwind().await;
        match answered {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(raised(&error)),
            Err(_panic) => {
                tracing::error!("a handler panicked; see the message above");
                Err(Raised { code: Code::Internal, detail: None, errors: Vec::new(), retry_after: None })
            }
        }
    }

    fn forwarded_for(&self, request: &Request) -> Option<IpAddr> {
        let header = request.header("x-forwarded-for").filter(|_| self.settings.trust_forwarded_for)?;
        header.rsplit(',').next()?.trim().parse().ok()
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (lang, request_id) = (language(&request), self.app.ids.uuid().to_string());
        let known_etag = request.header(header::IF_NONE_MATCH).map(str::to_owned);
        if method == Method::HEAD {
            // Answered as a GET; the connection leaves the body out and keeps its length and ETag.
            request.set_method(Method::GET);
        }
        let response = match self.answer(request).await {
            Ok(response) => finish(response, &method, &path, lang, known_etag.as_deref()).await,
            Err(raised) => {
                let code = raised.code;
                let mut response = raised.respond(lang, Some(request_id.clone()));
                if code == Code::MethodNotAllowed {
                    allow(&mut response, &self.methods.of(&path));
                }
                response
            }
        };
        let took = began.elapsed();
        tracing::info!(%method, path, status = response.status().as_u16(), ms = took.as_millis() as u64, request_id);
        Ok(with_common_headers(response, &request_id))
    }
}

/// The whole body, decompressed, no larger than the limit at any moment.
async fn unpack(request: &mut Request) -> Result<Body, Raised> {
    let encoding = request.header(header::CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase();
    let raw = request.take_body().into_async_read().take(MAX_BODY_BYTES + 1);
    let raw = BufReader::new(raw);
    let bytes = match encoding.as_str() {
        "identity" | "" => bounded(raw).await,
        "gzip" | "x-gzip" => bounded(GzipDecoder::new(raw)).await,
        "br" => bounded(BrotliDecoder::new(raw)).await,
        "zstd" => bounded(ZstdDecoder::new(raw)).await,
        _ => return Err(Raised::new(Code::UnsupportedEncoding, "send the body plain or as gzip, br or zstd")),
    }?;
    request.headers_mut().remove(header::CONTENT_ENCODING);
    Ok(Body::from_vec(bytes))
}

async fn bounded(reader: impl AsyncRead) -> Result<Vec<u8>, Raised> {
    let mut bytes = Vec::new();
    let mut reader = std::pin::pin!(reader.take(MAX_BODY_BYTES + 1));
    let read = reader.read_to_end(&mut bytes).await;
    if bytes.len() as u64 > MAX_BODY_BYTES {
        let detail = format!("a body holds at most {MAX_BODY_BYTES} bytes, unpacked; send fewer events at a time");
        return Err(Raised::new(Code::TooLarge, detail));
    }
    read.map_err(|_| Raised::new(Code::MalformedJson, "the body ended too early or is not packed as it says"))?;
    Ok(bytes)
}

/// What a learner reads is his alone and is not kept; what all read alike is kept and asked for by its ETag.
async fn finish(mut response: Response, method: &Method, path: &str, lang: Lang, known: Option<&str>) -> Response {
    if !response.status().is_success() || !path.starts_with("/v1/") && path != "/openapi.json" {
        return response;
    }
    if !matches!(*method, Method::GET | Method::HEAD) || !is_shared(path) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    let bytes = response.take_body().into_bytes().await.unwrap_or_default();
    let digest = Sha256::digest(&bytes);
    let etag = format!("\"{}\"", HEXLOWER.encode(&digest[..12]));
    let same = known
        .is_some_and(|known| known == "*" || known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    if same {
        response.set_status(StatusCode::NOT_MODIFIED);
        response.headers_mut().remove(header::CONTENT_TYPE);
    } else {
        response.set_body(bytes);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag(lang)));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Paths whose answer does not depend on who asks.
fn is_shared(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    matches!(parts.as_slice(), ["openapi.json"] | ["v1", "courses"] | ["v1", "courses", _])
        || matches!(parts.as_slice(), ["v1", "courses", _, "decks" | "concepts"])
}

fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Nb => "nb",
        Lang::Nn => "nn",
        Lang::En => "en",
    }
}

fn allow(response: &mut Response, methods: &str) {
    if let Ok(methods) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
}

fn with_common_headers(mut response: Response, request_id: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
