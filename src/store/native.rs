//! Values, rows and errors between sea-orm and the databases' own.

use super::entity::{
    account, card, concept_belief, course_belief, enrolment, learner, membership, pace, refresh_token, server_state,
};
use bytes::BytesMut;
use rusqlite::{
    Row, ToSql, ffi,
    types::{ToSqlOutput, ValueRef},
};
use sea_orm::{
    DbErr, FromQueryResult, RuntimeErr, Value,
    sqlx::{
        self,
        error::{DatabaseError, ErrorKind},
    },
};
use std::{borrow::Cow, error::Error, fmt, sync::Arc};
use tokio_postgres::types::{self, IsNull, Kind, Type};

/// A value on its way into a statement of SQLite's.
pub(super) struct Bound<'a>(pub &'a Value);

/// A value on its way into a statement of PostgreSQL's.
#[derive(Debug)]
pub(super) struct Sent<'a>(pub &'a Value);

/// A row as each driver gives it.
pub trait FromRow: FromQueryResult + Send {
    /// Refuses a value that the type of its field does not hold.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self>;
    /// The same of PostgreSQL.
    fn from_pg(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error>;
}

/// Reads a type's fields from the columns of their names.
macro_rules! from_row {
    ($row:ty { $($field:ident),* $(,)? }) => {
        impl $crate::store::native::FromRow for $row {
            fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: row.get(stringify!($field))?),* })
            }

            fn from_pg(row: &tokio_postgres::Row) -> std::result::Result<Self, tokio_postgres::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}
pub(super) use from_row;

from_row!(membership::Model {
    learner_id,
    unit_id,
    source,
    consent,
    joined_at,
    left_at,
    opted_out,
    counts_from,
    cohort_id
});
from_row!(account::Model { learner_id, name, password_hash, role, created_at });
from_row!(card::Model {
    learner_id,
    question_id,
    course,
    version,
    scheduled,
    stability,
    difficulty,
    first_day,
    last_at,
    last_day,
    due_day,
    due_at,
    reps,
    lapses,
    memory_e,
    memory_w,
    memory_n,
    memory_t,
    held_until
});
from_row!(concept_belief::Model {
    learner_id,
    course,
    concept,
    version,
    a,
    v,
    n,
    t,
    e_sum,
    w_sum,
    level,
    correct_days,
    last_correct_day,
    usual
});
from_row!(course_belief::Model {
    learner_id,
    course,
    parameters_version,
    m,
    v,
    sm,
    sv,
    t,
    tail_at,
    tail_id,
    answers,
    reviews,
    recalled
});
from_row!(enrolment::Model {
    learner_id,
    course,
    retention,
    exam_date,
    new_per_day,
    time_zone,
    rollover_hour,
    created_at,
    maximum_interval,
    relearn_minutes,
    pause_from,
    pause_to,
    weights
});
from_row!(learner::Model { id, seed, head, created_at });
from_row!(pace::Model { learner_id, course, kind, occasion, times });
from_row!(refresh_token::Model { learner_id, hash, family, parent, access_hash, consumed, expires_at });
from_row!(server_state::Model { name, value });

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let whole = |number: Option<i64>| number.map(ValueRef::Integer);
        let value = match self.0 {
            Value::Bool(is) => whole(is.map(i64::from)),
            Value::TinyInt(number) => whole(number.map(i64::from)),
            Value::SmallInt(number) => whole(number.map(i64::from)),
            Value::Int(number) => whole(number.map(i64::from)),
            Value::BigInt(number) => whole(*number),
            Value::TinyUnsigned(number) => whole(number.map(i64::from)),
            Value::SmallUnsigned(number) => whole(number.map(i64::from)),
            Value::Unsigned(number) => whole(number.map(i64::from)),
            Value::BigUnsigned(number) => whole(number.map(i64::try_from).transpose().map_err(unfit)?),
            Value::Double(number) => number.map(ValueRef::Real),
            Value::String(text) => text.as_ref().map(|text| ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => bytes.as_ref().map(|bytes| ValueRef::Blob(bytes)),
            Value::Uuid(id) => id.as_ref().map(|id| ValueRef::Blob(id.as_bytes())),
            other => return Err(unfit(format!("no column holds {other:?}"))),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

fn unfit(cause: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(cause.into())
}

impl types::ToSql for Sent<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Bool(is) => is.to_sql_checked(kind, out),
            Value::SmallInt(number) => number.to_sql_checked(kind, out),
            Value::Int(number) => number.to_sql_checked(kind, out),
            Value::BigInt(number) => number.to_sql_checked(kind, out),
            Value::Double(number) => number.to_sql_checked(kind, out),
            Value::String(text) => text.to_sql_checked(kind, out),
            Value::Uuid(id) => id.to_sql_checked(kind, out),
            Value::Array(_, Some(values)) if matches!(kind.kind(), Kind::Array(_)) => {
                values.iter().map(Sent).collect::<Vec<_>>().to_sql(kind, out)
            }
            _ => Err(format!("no {kind} holds such a value").into()),
        }
    }

    /// Each value looks for itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    types::to_sql_checked!();
}

/// What a database refused, as its driver would tell it.
#[derive(Debug)]
struct Refused {
    /// SQLite's extended one, or PostgreSQL's.
    code: String,
    message: String,
}

pub(super) fn refused_by_sqlite(error: rusqlite::Error) -> DbErr {
    let code = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code);
    refused(code.to_string(), error.to_string())
}

/// `message` goes to the log, so let it name no learner.
pub(super) fn refused(code: String, message: String) -> DbErr {
    let refused = Refused { code, message };
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Database(Box::new(refused)))))
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl Error for Refused {}

impl DatabaseError for Refused {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.as_str().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        if TAKEN.contains(&self.code.as_str()) { ErrorKind::UniqueViolation } else { ErrorKind::Other }
    }
}

/// SQLite's codes for a unique column and a primary key, and PostgreSQL's for both.
const TAKEN: [&str; 3] = ["2067", "1555", "23505"];
