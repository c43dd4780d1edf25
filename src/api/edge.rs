//! What every request passes on its way in and out: an id, a bounded and unpacked body, a guard against panics, one
//! shape of errors, caching, packing, what other origins may read, one line in the log.

use super::{
    caching,
    cors::Cors,
    packing,
    problem::{Code, Raised, raised},
    spec,
    unpacking::{self, Room},
    wire::language,
};
use crate::{app::App, vocab::text::Lang};
use futures_util::FutureExt;
use poem::{
    Endpoint, Request, Response,
    http::{HeaderName, HeaderValue, Method, header},
};
use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

/// What an operator may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Take the client's address from the last X-Forwarded-For; only behind a proxy of one's own.
    pub trust_forwarded_for: bool,
    /// Origins whose pages may read responses, such as `https://quiz.example.no`.
    pub allowed_origins: Vec<String>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The edge around the routes.
pub struct Edge<E> {
    inner: E,
    app: Arc<App>,
    settings: Settings,
    methods: spec::Methods,
    room: Room,
    cors: Cors,
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    pub fn new(inner: E, app: Arc<App>, settings: Settings) -> Self {
        let cors = Cors::new(&settings.allowed_origins);
        Self { inner, app, settings, methods: spec::Methods::new(), room: Room::new(), cors }
    }

    async fn answer(&self, mut request: Request) -> Result<Response, Raised> {
        if let Some(from) = self.forwarded_for(&request) {
            request.extensions_mut().insert(from);
        }
        let _share = match unpacking::is_streamed(&request) {
            true => None,
            false => Some(self.room.unpack(&mut request).await?),
        };
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

    fn problem(&self, raised: Raised, path: &str, lang: Lang, request_id: &str) -> Response {
        let code = raised.code;
        let mut response = raised.respond(lang, Some(request_id.to_owned()));
        if code == Code::MethodNotAllowed {
            allow(&mut response, &self.methods.of(path));
        }
        response
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
        let (accept, origin) = (packing::accepted(&request), self.cors.origin(&request));
        if method == Method::HEAD {
            // Answered as a GET; the connection leaves the body out and keeps its length and ETag.
            request.set_method(Method::GET);
        }
        let answered = match self.cors.preflight(&request, || self.methods.of(&path)) {
            Some(preflight) => Ok(preflight),
            None => self.answer(request).await,
        };
        let response = match answered {
            Ok(response) => caching::finish(response, &method, &path, lang, known_etag.as_deref()).await,
            Err(raised) => self.problem(raised, &path, lang, &request_id),
        };
        let mut response = packing::pack(response, accept.as_deref()).await;
        self.cors.finish(response.headers_mut(), origin);
        // What a response tells of must not be lost with the power.
        self.app.db.settled().await;
        let took = began.elapsed();
        // Names and codes may stand in a path, and a misspelt one may have anything in it.
        let path = self.methods.template(&path).unwrap_or("unknown");
        tracing::info!(%method, path, status = response.status().as_u16(), ms = took.as_millis() as u64, request_id);
        Ok(with_common_headers(response, &request_id))
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
