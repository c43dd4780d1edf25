//! All answers of a course across its learners, in the order they were given, page by page.
//!
//! This is the one reader that is not scoped to a learner. It sees who answered which question rightly and when, to
//! learn how hard the questions are and to mark anew what a wrong key marked, and none of it leaves the two.

use super::{Connection, Result, answers::effect_from};
use crate::{
    domain::review::Effect,
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
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
    /// How long it took, in milliseconds, where the time tells how well the question was known.
    pub ms: Option<u32>,
}

#[derive(FromQueryResult)]
struct Row {
    learner_id: Uuid,
    id: Uuid,
    question_id: Uuid,
    order_at: i64,
    evidence: Option<bool>,
    took_ms: Option<i32>,
    ranked_as: Option<String>,
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
    let sql = "SELECT e.learner_id, e.id, e.question_id, e.order_at, e.evidence, e.took_ms, e.ranked_as, EXISTS \
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
        ms: row.ranked_as.and(row.took_ms).map(i32::unsigned_abs),
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

/// An answer somebody gave, as it was accepted.
#[derive(Debug, Clone)]
pub struct Given {
    pub learner: LearnerId,
    pub id: EventId,
    pub question: QuestionId,
    pub revision: i32,
    pub at: Timestamp,
    pub effect: Option<Effect>,
    pub raw: String,
}

#[derive(FromQueryResult)]
struct GivenRow {
    learner_id: Uuid,
    id: Uuid,
    question_id: Uuid,
    revision: i32,
    order_at: i64,
    effect: String,
    rating: Option<i32>,
    evidence: Option<bool>,
    raw: String,
}

/// Up to `limit` answers to some questions of a course after `place`. All pages together walk once along
/// `event_by_course`; an index of questions would cost every answer something, and keys are seldom mended.
pub async fn given_to(
    db: &impl Connection,
    (course, questions): (&str, &[QuestionId]),
    place: Place,
    limit: i64,
) -> Result<Vec<Given>> {
    let sql = format!(
        "SELECT learner_id, id, question_id, revision, order_at, effect, rating, evidence, raw FROM event \
         WHERE kind = 'answer' AND course = $1 AND (order_at, id, learner_id) > ($2, $3, $4) \
         AND question_id IN ({}) ORDER BY order_at, id, learner_id LIMIT $5",
        places(6, questions.len())
    );
    let mut values = vec![course.into(), place.at.into(), place.id.into(), place.learner.into(), limit.into()];
    values.extend(questions.iter().map(|id| Value::from(id.0)));
    let rows = GivenRow::find_by_statement(statement(db, &sql, values)).all(db.inner()).await?;
    let given = |row: GivenRow| Given {
        learner: LearnerId(row.learner_id),
        id: EventId(row.id),
        question: QuestionId(row.question_id),
        revision: row.revision,
        at: Timestamp(row.order_at),
        effect: effect_from(&row.effect, row.rating, row.evidence),
        raw: row.raw,
    };
    Ok(rows.into_iter().map(given).collect())
}

impl Given {
    /// Where a page ends whose last answer this is.
    pub fn place(&self) -> Place {
        Place { at: self.at.0, id: self.id.0, learner: self.learner.0 }
    }
}

#[derive(FromQueryResult)]
struct RegradedRow {
    learner_id: Uuid,
    regrades: Uuid,
    effect: String,
    rating: Option<i32>,
    evidence: Option<bool>,
}

/// The effects that regrades gave to answers to some questions, along `event_by_regrade`; the last one of an answer
/// holds.
pub async fn regraded(
    db: &impl Connection,
    course: &str,
    questions: &[QuestionId],
) -> Result<HashMap<(LearnerId, EventId), Option<Effect>>> {
    let sql = format!(
        "SELECT learner_id, regrades, effect, rating, evidence FROM event WHERE course = $1 AND regrades IS NOT NULL \
         AND question_id IN ({}) ORDER BY learner_id, seq",
        places(2, questions.len())
    );
    let mut values = vec![course.into()];
    values.extend(questions.iter().map(|id| Value::from(id.0)));
    let rows = RegradedRow::find_by_statement(statement(db, &sql, values)).all(db.inner()).await?;
    let effect = |row: RegradedRow| {
        let effect = effect_from(&row.effect, row.rating, row.evidence);
        ((LearnerId(row.learner_id), EventId(row.regrades)), effect)
    };
    Ok(rows.into_iter().map(effect).collect())
}

/// So many numbered places for values, from `$from` on.
fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// A number that moves with the answers of a course, and not when they are folded anew. One row a learner is read: how
/// many answers his state holds, and when the last of them was given.
pub async fn mark(db: &impl Connection, course: &str) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Sum {
        mark: i64,
    }
    let sql = "SELECT CAST(COALESCE(SUM(answers + tail_at), 0) AS BIGINT) AS mark FROM course_belief WHERE course = $1";
    let sum = Sum::find_by_statement(statement(db, sql, [course.into()])).one(db.inner()).await?;
    Ok(sum.map_or(0, |sum| sum.mark))
}

/// The end of `answer`, from which the next page goes on.
pub fn place_of(answer: &CourseAnswer) -> Place {
    Place { at: answer.at.0, id: answer.id.0, learner: answer.learner.0 }
}

fn statement(db: &impl Connection, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    let backend = db.inner().get_database_backend();
    let sql = if backend == DatabaseBackend::Sqlite { sql.replace('$', "?") } else { sql.to_owned() };
    Statement::from_sql_and_values(backend, sql, values)
}
