//! Joining one learner's log to another's: the union of both, by the ids of events.

use super::{Connection, Result, Txn, learners::Learner};
use crate::vocab::id::LearnerId;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// What came over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Events that were not in the log yet.
    pub events: u64,
    /// Ids that both logs have for different events; the log's own stands.
    pub conflicts: u64,
}

/// Appends the events of `from` that `to` lacks to the stream of `to`, and gives him the choices he has not made
/// himself. Both rows are locked by the caller.
pub async fn union(txn: &Txn, from: LearnerId, to: &Learner) -> Result<Moved> {
    let conflicts = "SELECT COUNT(*) FROM event AS f JOIN event AS t ON t.learner_id = $2 AND t.id = f.id \
                     WHERE f.learner_id = $1 AND f.hash <> t.hash";
    let row = txn.inner().query_one_raw(statement(txn, conflicts, from, to.id)).await?;
    let conflicts: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let insert = format!(
        "INSERT INTO event (learner_id, seq, {COPIED}) SELECT $2, {} + ROW_NUMBER() OVER (ORDER BY f.seq), {COPIED} \
         FROM event AS f WHERE f.learner_id = $1 AND f.kind <> 'refold' \
         AND NOT EXISTS (SELECT 1 FROM event AS t WHERE t.learner_id = $2 AND t.id = f.id)",
        to.head
    );
    let events = txn.inner().execute_raw(statement(txn, &insert, from, to.id)).await?.rows_affected();
    let choices = format!(
        "INSERT INTO enrolment (learner_id, {CHOICES}) SELECT $2, {CHOICES} FROM enrolment WHERE learner_id = $1 \
         ON CONFLICT DO NOTHING"
    );
    txn.inner().execute_raw(statement(txn, &choices, from, to.id)).await?;
    Ok(Moved { events, conflicts: conflicts as u64 })
}

/// Every column of an event but whose it is and its number.
const COPIED: &str = "id, kind, course, question_id, revision, voids, order_at, study_day, effect, rating, evidence, \
                      guess, hash, raw, device_id, received_at, regrades, took_ms, ranked_as";

/// Every column of an enrolment but whose it is.
const CHOICES: &str = "course, retention, exam_date, new_per_day, time_zone, rollover_hour, created_at, \
                       maximum_interval, relearn_minutes, pause_from, pause_to, weights";

/// `$1` is who is joined, `$2` who stays.
fn statement(txn: &Txn, sql: &str, from: LearnerId, to: LearnerId) -> Statement {
    let sql = if txn.backend() == DatabaseBackend::Sqlite { sql.replace('$', "?") } else { sql.to_owned() };
    Statement::from_sql_and_values(txn.backend(), sql, [from.0.into(), to.0.into()])
}
