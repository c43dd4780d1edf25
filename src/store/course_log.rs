//! All answers of a course across its learners, in the order they were given, page by page.
//!
//! This is the one reader that is not scoped to a learner. It sees who answered which question rightly and when, to
//! learn how hard the questions are, and none of it leaves the replay.

use super::{Connection, Result};
use crate::vocab::{
    id::{EventId, LearnerId, QuestionId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, Statement, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// Where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: i64,
    id: Uuid,
    learner: Uuid,
}

impl Place {
    /// Before the first answer.
    pub const START: Self = Self { at: i64::MIN, id: Uuid::nil(), learner: Uuid::nil() };
}

/// An answer of the course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CourseAnswer {
    pub learner: LearnerId,
    pub id: EventId,
    pub question: QuestionId,
    pub at: Timestamp,
    /// Right or wrong; `None` for one that is no evidence.
    pub evidence: Option<bool>,
    pub is_voided: bool,
}

#[derive(FromQueryResult)]
struct Row {
    learner_id: Uuid,
    id: Uuid,
    question_id: Uuid,
    order_at: i64,
    evidence: Option<bool>,
    voided: bool,
}

#[derive(FromQueryResult)]
struct Regrade {
    learner_id: Uuid,
    regrades: Uuid,
    evidence: Option<bool>,
}

/// Up to `limit` answers after `place`, along `event_by_course`.
pub async fn page(db: &impl Connection, course: &str, place: Place, limit: i64) -> Result<Vec<CourseAnswer>> {
    let sql = "SELECT e.learner_id, e.id, e.question_id, e.order_at, e.evidence, EXISTS \
               (SELECT 1 FROM event AS v WHERE v.learner_id = e.learner_id AND v.voids = e.id) AS voided \
               FROM event AS e WHERE e.kind = 'answer' AND e.course = $1 AND e.question_id IS NOT NULL \
               AND (e.order_at, e.id, e.learner_id) > ($2, $3, $4) \
               ORDER BY e.order_at, e.id, e.learner_id LIMIT $5";
    let values = [course.into(), place.at.into(), place.id.into(), place.learner.into(), limit.into()];
    let rows = Row::find_by_statement(statement(db, sql, values)).all(db.inner()).await?;
    let answer = |row: Row| CourseAnswer {
        learner: LearnerId(row.learner_id),
        id: EventId(row.id),
        question: QuestionId(row.question_id),
        at: Timestamp(row.order_at),
        evidence: row.evidence,
        is_voided: row.voided,
    };
    Ok(rows.into_iter().map(answer).collect())
}

/// What regrades made of answers; the last one of an answer holds.
pub async fn regrades(db: &impl Connection, course: &str) -> Result<HashMap<(LearnerId, EventId), Option<bool>>> {
    let sql = "SELECT learner_id, regrades, evidence FROM event WHERE course = $1 AND regrades IS NOT NULL \
               ORDER BY learner_id, seq";
    let rows = Regrade::find_by_statement(statement(db, sql, [course.into()])).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| ((LearnerId(row.learner_id), EventId(row.regrades)), row.evidence)).collect())
}

/// How many events all learners have sent; it moves with every new one.
pub async fn events_sent(db: &impl Connection) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Sum {
        sent: i64,
    }
    let sql = "SELECT CAST(COALESCE(SUM(head), 0) AS BIGINT) AS sent FROM learner";
    let sum = Sum::find_by_statement(statement(db, sql, [])).one(db.inner()).await?;
    Ok(sum.map_or(0, |sum| sum.sent))
}

/// The end of `answer`, from which the next page goes on.
pub fn place_of(answer: &CourseAnswer) -> Place {
    Place { at: answer.at.0, id: answer.id.0, learner: answer.learner.0 }
}

fn statement<const N: usize>(db: &impl Connection, sql: &str, values: [Value; N]) -> Statement {
    let backend = db.inner().get_database_backend();
    let sql = if backend == DatabaseBackend::Sqlite { sql.replace('$', "?") } else { sql.to_owned() };
    Statement::from_sql_and_values(backend, sql, values)
}
