//! What can go wrong, one variant per thing a client does differently.

use crate::store::StoreError;
use std::time::Duration;

pub type Result<T> = std::result::Result<T, Error>;

/// A fault of the request, or a condition it met.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// What the request names does not exist, or the caller may not know that it does.
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("no valid access token")]
    Unauthenticated,
    #[error("wrong name or password")]
    WrongCredentials,
    #[error("the refresh token is not valid")]
    RefreshInvalid,
    #[error("the account name is taken")]
    NameTaken,
    #[error("the learner has an account already")]
    HasAccount,
    #[error("the learner has been erased")]
    Erased,
    /// The cursor is of another life of the database; a snapshot is the way on.
    #[error("the cursor has expired")]
    CursorExpired,
    #[error("a member of another unit")]
    AlreadyMember,
    #[error("only an account can do this")]
    AccountRequired,
    #[error("the unit has members or units in it")]
    InUse,
    #[error("the key stands for another request")]
    KeyReused,
    #[error("the change does not say which version it is made to")]
    VersionRequired,
    #[error("changed by someone else meanwhile")]
    VersionOutdated,
    /// Values that do not hold what they must; all of them at once.
    #[error("{} value(s) are not valid", .0.len())]
    Invalid(Vec<Fault>),
    #[error("too many requests")]
    TooMany(Duration),
    /// The database is busy or away; nothing was stored.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Another transaction was in the way; the same one may go through now.
    #[error("conflict with another transaction")]
    Conflict,
    /// What was judged rests on courses that have changed meanwhile; judged anew it may go through.
    #[error("the courses have changed")]
    Outdated,
    #[error("internal: {0}")]
    Internal(String),
}

/// One value that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the request's body, or the name of a parameter.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::Unavailable(cause.to_string()),
            StoreError::Conflict => Self::Conflict,
            StoreError::Taken | StoreError::Damaged(_) | StoreError::Database(_) => Self::Internal(error.to_string()),
        }
    }
}
