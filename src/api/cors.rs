//! Which web pages may read our responses: those of the origins the operator names (Fetch standard, CORS).
//!
//! No credentials mode: clients show a bearer token and no cookie, so a page of another origin can do nothing in a
//! learner's name that it could not do from any other machine.

use super::packing::vary;
use poem::{
    Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

/// The origins that may read, each as a browser writes it: `https://quiz.example.no`.
pub struct Cors(Vec<HeaderValue>);

/// What a page may send beside what is always allowed.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Content-Encoding, If-Match, If-None-Match, Idempotency-Key");
/// What a page may read beside what is always allowed.
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static("ETag, Retry-After, X-Request-Id, Allow");
/// Seconds a browser may keep the answer to a preflight; two hours is the most that all of them take.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

impl Cors {
    pub fn new(origins: &[String]) -> Self {
        Self(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect())
    }

    /// The origin of a request, if its pages may read.
    pub fn origin(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(header::ORIGIN)?;
        self.0.contains(origin).then(|| origin.clone())
    }

    /// The answer to a browser that asks before it sends; `methods` tells those of the path.
    pub fn preflight(&self, request: &Request, methods: impl Fn() -> String) -> Option<Response> {
        self.origin(request)?;
        if request.method() != Method::OPTIONS || !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_str(&methods()).ok()?);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// What every response says; `origin` is the request's, if its pages may read.
    pub fn finish(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        if self.0.is_empty() {
            return;
        }
        vary(headers, "Origin");
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        }
    }
}
