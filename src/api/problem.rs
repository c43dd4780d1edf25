//! Every error as `application/problem+json` (RFC 9457): one table from code to status and title.
//!
//! Handlers return `app::Error`; the framework has errors of its own. Both meet at `edge`, are logged once if they
//! are ours to mend, and leave as a problem in the reader's language. A parser's raw text never leaves.

use crate::{
    app::{Error, Fault},
    vocab::text::{Lang, Localised},
};
use poem::{
    IntoResponse, Response,
    error::{MethodNotAllowedError, NotFoundError, ResponseError},
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    Enum, Object,
    error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError},
    types::ToJSON,
};

/// What went wrong, in a word a program can act on. More words may come; treat an unknown one by its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Code {
    MalformedJson,
    InvalidRequest,
    InvalidParameter,
    Unauthenticated,
    WrongCredentials,
    RefreshInvalid,
    NotFound,
    MethodNotAllowed,
    Timeout,
    NameTaken,
    HasAccount,
    Erased,
    CursorExpired,
    TooLarge,
    UnsupportedMediaType,
    UnsupportedEncoding,
    TooManyRequests,
    Internal,
    Unavailable,
    AlreadyMember,
    AccountRequired,
    InUse,
    KeyReused,
    VersionRequired,
    VersionOutdated,
}

/// A problem (RFC 9457).
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[oai(rename = "type", validator(max_length = 100))]
    pub kind: String,
    /// A short title in the language of the request (nb, nn or en).
    #[oai(validator(max_length = 200))]
    pub title: String,
    /// The HTTP status.
    #[oai(validator(minimum(value = "400"), maximum(value = "599")))]
    pub status: i32,
    pub code: Code,
    /// What happened here and how to mend it, in English.
    #[oai(validator(max_length = 2000))]
    pub detail: Option<String>,
    /// Every value that is not valid.
    #[oai(validator(max_items = 1000))]
    pub errors: Option<Vec<InvalidValue>>,
    /// Names this request in the server's log.
    #[oai(validator(max_length = 100))]
    pub request_id: Option<String>,
}

/// One value that is not valid.
#[derive(Debug, Clone, Object)]
pub struct InvalidValue {
    /// JSON Pointer (RFC 6901) into the request's body, or the name of a parameter.
    #[oai(validator(max_length = 500))]
    pub pointer: String,
    /// What is wrong and how to mend it, in English.
    #[oai(validator(max_length = 1000))]
    pub detail: String,
}

/// A problem on its way out, raised by the edge itself or by reading a body.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code:?}")]
pub struct Raised {
    pub code: Code,
    pub detail: Option<String>,
    pub errors: Vec<Fault>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl Code {
    pub const ALL: [Self; 25] = [
        Self::MalformedJson,
        Self::InvalidRequest,
        Self::InvalidParameter,
        Self::Unauthenticated,
        Self::WrongCredentials,
        Self::RefreshInvalid,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::NameTaken,
        Self::HasAccount,
        Self::Erased,
        Self::CursorExpired,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::UnsupportedEncoding,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
        Self::AlreadyMember,
        Self::AccountRequired,
        Self::InUse,
        Self::KeyReused,
        Self::VersionRequired,
        Self::VersionOutdated,
    ];

    /// The table: status and title.
    pub fn describe(self) -> (StatusCode, Localised) {
        let (status, nb, nn, en) = match self {
            Self::MalformedJson => {
                (400, "Forespørselen kan ikke leses", "Førespurnaden kan ikkje lesast", "The request cannot be read")
            }
            Self::InvalidRequest => (
                422,
                "Noe i forespørselen er ikke gyldig",
                "Noko i førespurnaden er ikkje gyldig",
                "Something in the request is not valid",
            ),
            Self::InvalidParameter => {
                (400, "En parameter er ikke gyldig", "Ein parameter er ikkje gyldig", "A parameter is not valid")
            }
            Self::Unauthenticated => (401, "Du må logge inn", "Du må logge inn", "Sign in first"),
            Self::WrongCredentials => {
                (401, "Feil navn eller passord", "Feil namn eller passord", "Wrong name or password")
            }
            Self::RefreshInvalid => (401, "Du må logge inn på nytt", "Du må logge inn på nytt", "Sign in again"),
            Self::NotFound => (404, "Finnes ikke", "Finst ikkje", "Not found"),
            Self::MethodNotAllowed => {
                (405, "Metoden kan ikke brukes her", "Metoden kan ikkje brukast her", "Method not allowed here")
            }
            Self::Timeout => {
                (408, "Forespørselen tok for lang tid", "Førespurnaden tok for lang tid", "The request took too long")
            }
            Self::NameTaken => (409, "Navnet er opptatt", "Namnet er opptatt", "The name is taken"),
            Self::HasAccount => (409, "Du har en konto", "Du har ein konto", "You have an account"),
            Self::Erased => (410, "Brukeren er slettet", "Brukaren er sletta", "The learner has been erased"),
            Self::CursorExpired => (410, "Hent alt på nytt", "Hent alt på nytt", "Fetch everything anew"),
            Self::TooLarge => {
                (413, "Forespørselen er for stor", "Førespurnaden er for stor", "The request is too large")
            }
            Self::UnsupportedMediaType => {
                (415, "Innholdet har feil type", "Innhaldet har feil type", "The body has the wrong type")
            }
            Self::UnsupportedEncoding => (
                415,
                "Komprimeringen støttes ikke",
                "Komprimeringa er ikkje støtta",
                "The compression is not supported",
            ),
            Self::TooManyRequests => {
                (429, "For mange forsøk, vent litt", "For mange forsøk, vent litt", "Too many tries, wait a little")
            }
            Self::Internal => {
                (500, "Noe gikk galt hos oss", "Noko gjekk gale hos oss", "Something went wrong on our side")
            }
            Self::Unavailable => (
                503,
                "Tjenesten er opptatt, prøv igjen",
                "Tenesta er oppteken, prøv igjen",
                "The service is busy, try again",
            ),
            Self::AlreadyMember => {
                (409, "Du er med i et annet team", "Du er med i eit anna team", "You are in another team")
            }
            Self::AccountRequired => (409, "Du trenger en konto", "Du treng ein konto", "You need an account"),
            Self::InUse => (409, "Enheten er i bruk", "Eininga er i bruk", "The unit is in use"),
            Self::KeyReused => (409, "Nøkkelen er brukt før", "Nøkkelen er brukt før", "The key was used before"),
            Self::VersionRequired => {
                (428, "Si hvilken versjon du endrer", "Sei kva versjon du endrar", "Say which version you change")
            }
            Self::VersionOutdated => {
                (412, "Noen andre har endret dette", "Nokon andre har endra dette", "Someone else has changed this")
            }
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Localised::new(nb, nn, en))
    }
}

impl Raised {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()), errors: Vec::new(), retry_after: None }
    }

    pub fn invalid(errors: Vec<Fault>) -> Self {
        Self { code: Code::InvalidRequest, detail: None, errors, retry_after: None }
    }

    /// The response; `request_id` is repeated in the body because clients rarely keep headers.
    pub fn respond(self, lang: Lang, request_id: Option<String>) -> Response {
        let (status, title) = self.code.describe();
        let code = self.code.to_json().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
        let invalid = |fault: Fault| InvalidValue { pointer: fault.pointer, detail: fault.detail };
        let problem = Problem {
            kind: format!("urn:laerd:problem:{code}"),
            title: title.get(lang).to_owned(),
            status: status.as_u16().into(),
            code: self.code,
            detail: self.detail,
            errors: (!self.errors.is_empty()).then(|| self.errors.into_iter().map(invalid).collect()),
            request_id,
        };
        let mut response = Response::builder()
            .status(status)
            .content_type("application/problem+json")
            .header(header::CACHE_CONTROL, "no-store")
            .body(problem.to_json_string());
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"laerd\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Whatever a handler or the framework raised, as a problem of ours; logs what is ours to mend.
pub fn raised(error: &poem::Error) -> Raised {
    if let Some(ours) = error.downcast_ref::<Raised>() {
        return ours.clone();
    }
    if let Some(error) = error.downcast_ref::<Error>() {
        return from_app(error);
    }
    from_framework(error)
}

fn from_app(error: &Error) -> Raised {
    let (code, detail) = match error {
        Error::NotFound(what) => (Code::NotFound, Some(format!("there is no such {what}"))),
        Error::Unauthenticated => {
            (Code::Unauthenticated, Some("send a valid access token: `Authorization: Bearer …`".to_owned()))
        }
        Error::WrongCredentials => (Code::WrongCredentials, None),
        Error::RefreshInvalid => {
            (Code::RefreshInvalid, Some("the refresh token is unknown, expired, replayed or revoked".to_owned()))
        }
        Error::NameTaken => {
            (Code::NameTaken, Some("choose another name, or sign in if the account is yours".to_owned()))
        }
        Error::HasAccount => (Code::HasAccount, Some("this learner has an account; sign in with it".to_owned())),
        Error::Erased => (Code::Erased, None),
        Error::CursorExpired => {
            let next = "the database was restored; take GET /v1/snapshot, then push the events the device has kept";
            (Code::CursorExpired, Some(next.to_owned()))
        }
        Error::AlreadyMember => {
            (Code::AlreadyMember, Some("leave that team first; one is in one team at a time".to_owned()))
        }
        Error::AccountRequired => {
            (Code::AccountRequired, Some("a guest has no name to be a member by; make an account first".to_owned()))
        }
        Error::InUse => (Code::InUse, Some("move or remove its members and the units in it first".to_owned())),
        Error::KeyReused => {
            (Code::KeyReused, Some("this Idempotency-Key made something else; draw a new one".to_owned()))
        }
        Error::VersionRequired => {
            (Code::VersionRequired, Some("send the ETag of what you read as If-Match".to_owned()))
        }
        Error::VersionOutdated => {
            (Code::VersionOutdated, Some("read it again and make your change to that".to_owned()))
        }
        Error::Invalid(faults) => return Raised::invalid(faults.clone()),
        Error::TooMany(wait) => {
            let mut raised = Raised::new(Code::TooManyRequests, "wait as long as Retry-After says");
            raised.retry_after = Some(wait.as_secs() + 1);
            return raised;
        }
        Error::Unavailable(cause) => {
            tracing::warn!(%cause, "the database did not answer");
            let mut raised = Raised::new(Code::Unavailable, "nothing was stored; send the same request again");
            raised.retry_after = Some(1);
            return raised;
        }
        Error::Conflict | Error::Outdated => {
            let mut raised = Raised::new(Code::Unavailable, "nothing was stored; send the same request again");
            raised.retry_after = Some(1);
            return raised;
        }
        Error::Internal(cause) => {
            tracing::error!(%cause, "internal error");
            (Code::Internal, None)
        }
    };
    Raised { code, detail, errors: Vec::new(), retry_after: None }
}

fn from_framework(error: &poem::Error) -> Raised {
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        let fault = Fault::new(parameter.name, "the parameter is missing or not what the specification says");
        return Raised { errors: vec![fault], ..Raised::new(Code::InvalidParameter, "see errors") };
    }
    if error.is::<ParsePathError>() {
        return Raised::new(Code::NotFound, "there is nothing at this path");
    }
    if error.is::<NotFoundError>() {
        return Raised::new(Code::NotFound, "there is nothing at this path; see /docs for what there is");
    }
    if error.is::<MethodNotAllowedError>() {
        return Raised::new(Code::MethodNotAllowed, "see Allow for the methods of this path");
    }
    if error.is::<ContentTypeError>() {
        return Raised::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`");
    }
    if error.is::<AuthorizationError>() {
        return from_app(&Error::Unauthenticated);
    }
    match error.status() {
        StatusCode::NOT_FOUND => Raised::new(Code::NotFound, "there is nothing at this path"),
        StatusCode::METHOD_NOT_ALLOWED => Raised::new(Code::MethodNotAllowed, "see Allow"),
        status if status.is_client_error() => Raised::new(Code::InvalidParameter, "the path or the query is not UTF-8"),
        _ => from_app(&Error::Internal(error.to_string())),
    }
}

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        from_app(self).code.describe().0
    }
}

impl ResponseError for Raised {
    fn status(&self) -> StatusCode {
        self.code.describe().0
    }

    fn as_response(&self) -> Response {
        self.clone().respond(Lang::Nb, None).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_error_status_and_three_titles() {
        for code in Code::ALL {
            let (status, title) = code.describe();
            assert!(status.is_client_error() || status.is_server_error(), "{code:?}");
            assert!([Lang::Nb, Lang::Nn, Lang::En].iter().all(|lang| !title.get(*lang).is_empty()));
        }
    }
}
