//! Who is asking: the bearer token of a request.

use crate::{
    app::{App, Caller, Error},
    domain::access::{Action, Decision, decide},
};
use poem::{Request, http::header};
use poem_openapi::{SecurityScheme, auth::Bearer};
use std::sync::Arc;

/// The opaque access token from `POST /v1/guests`, `/v1/accounts`, `/v1/tokens` or `/v1/tokens/refresh`.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "accessToken", checker = "check")]
pub struct Signed(pub Caller);

async fn check(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let caller = app(request)?.authenticate(&bearer.token).await?;
    match decide(Some(caller.role), Action::Study) {
        Decision::Allow => Ok(caller),
        Decision::Deny => Err(Error::Unauthenticated.into()),
        Decision::Hide => Err(Error::NotFound("operation").into()),
    }
}

/// The caller if he shows a token; a token that does not hold is an error, never "nobody".
pub async fn if_signed(request: &Request) -> poem::Result<Option<Caller>> {
    let Some(header) = request.header(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = header.split_once(' ').ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated.into());
    }
    Ok(Some(app(request)?.authenticate(token.trim()).await?))
}

fn app(request: &Request) -> poem::Result<&Arc<App>> {
    request.data::<Arc<App>>().ok_or_else(|| Error::Internal("the application is not attached".into()).into())
}
