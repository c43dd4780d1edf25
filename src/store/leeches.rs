//! Which questions keep being forgotten, across learners and without them: counts alone leave this file.

use super::{Connection, Result};
use crate::{domain::schedule::Card, vocab::id::QuestionId};
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, Statement};
use uuid::Uuid;

/// A question that is a leech to some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leech {
    pub question: QuestionId,
    /// Learners who have forgotten it [`Card::LEECH_LAPSES`] times.
    pub learners: u64,
    /// Learners who have a card of it.
    pub met: u64,
}

#[derive(FromQueryResult)]
struct Row {
    question_id: Uuid,
    learners: i64,
    met: i64,
}

/// The questions of a course that are a leech to at least `learners`, the worst first. Walks over all cards of the
/// course: for an author who asks, not for a request.
pub async fn leeches(db: &impl Connection, course: &str, learners: u32) -> Result<Vec<Leech>> {
    let sql = "SELECT question_id, met, learners FROM (SELECT question_id, COUNT(*) AS met, \
               COUNT(CASE WHEN lapses >= $2 THEN 1 END) AS learners FROM card \
               WHERE course = $1 AND scheduled GROUP BY question_id) AS counted \
               WHERE learners >= $3 ORDER BY learners DESC, question_id";
    let backend = db.inner().get_database_backend();
    let sql = if backend == DatabaseBackend::Sqlite { sql.replace('$', "?") } else { sql.to_owned() };
    let values = [course.into(), i64::from(Card::LEECH_LAPSES).into(), i64::from(learners).into()];
    let rows = Row::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(db.inner()).await?;
    let leech = |row: Row| Leech {
        question: QuestionId(row.question_id),
        learners: row.learners.unsigned_abs(),
        met: row.met.unsigned_abs(),
    };
    Ok(rows.into_iter().map(leech).collect())
}
