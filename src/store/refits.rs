//! Whose memory weights are to be fitted, who is at it, and what came of it.

use super::{
    Connection, Result, Txn,
    entity::{course_belief, memory_fit, refit},
    study::StandingKey,
};
use crate::{
    domain::memory::{ENOUGH_FOR_STABILITIES, Weights},
    vocab::{id::LearnerId, time::Timestamp},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

/// Weights put in force, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    pub weights: Weights,
    /// Reviews it was fitted to.
    pub scored: usize,
    /// Log loss on the last block of the log, with the weights before and with those of this fit.
    pub loss_before: f64,
    pub loss_after: f64,
}

#[derive(FromQueryResult)]
struct Key {
    learner_id: Uuid,
    course: String,
}

/// Learners and courses with enough new reviews since the last fit, that nobody is at. A walk over the standings, one
/// row for each learner and course, which is why it is asked for rarely.
pub async fn due(db: &impl Connection, now: Timestamp, limit: u64) -> Result<Vec<StandingKey>> {
    let backend = db.inner().get_database_backend();
    let mark = if backend == DatabaseBackend::Sqlite { '?' } else { '$' };
    let sql = format!(
        "SELECT b.learner_id, b.course FROM course_belief AS b \
         LEFT JOIN refit AS r ON r.learner_id = b.learner_id AND r.course = b.course \
         WHERE b.reviews >= COALESCE(r.next_at, {mark}1) AND COALESCE(r.leased_until, 0) < {mark}2 \
         ORDER BY b.learner_id, b.course LIMIT {mark}3"
    );
    let values = [(ENOUGH_FOR_STABILITIES as i32).into(), now.0.into(), (limit as i64).into()];
    let rows = Key::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| (LearnerId(row.learner_id), row.course)).collect())
}

/// Those who study `course` with at least `reviews` scored reviews, the most diligent first.
pub async fn students(db: &impl Connection, course: &str, reviews: usize, limit: u64) -> Result<Vec<StandingKey>> {
    let rows: Vec<Uuid> = course_belief::Entity::find()
        .filter(course_belief::Column::Course.eq(course).and(course_belief::Column::Reviews.gte(reviews as i32)))
        .order_by_desc(course_belief::Column::Reviews)
        .order_by_asc(course_belief::Column::LearnerId)
        .limit(limit)
        .select_only()
        .column(course_belief::Column::LearnerId)
        .into_tuple()
        .all(db.inner())
        .await?;
    Ok(rows.into_iter().map(|id| (LearnerId(id), course.to_owned())).collect())
}

/// Takes the lease unless another holds it; tells whether it was taken.
pub async fn claim(txn: &Txn, (learner, course): &StandingKey, now: Timestamp, until: Timestamp) -> Result<bool> {
    let row = refit::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.clone()),
        next_at: Set(ENOUGH_FOR_STABILITIES as i32),
        leased_until: Set(until.0),
    };
    let is_over = Expr::col((refit::Entity, refit::Column::LeasedUntil)).lt(now.0);
    let take = OnConflict::columns([refit::Column::LearnerId, refit::Column::Course])
        .update_column(refit::Column::LeasedUntil)
        .action_and_where(is_over)
        .to_owned();
    let taken = refit::Entity::insert(row).on_conflict(take).exec_without_returning(txn.inner()).await?;
    Ok(taken == 1)
}

/// Gives the lease back; the next fit is due at `next_at` scored reviews.
pub async fn finish(txn: &Txn, (learner, course): &StandingKey, next_at: usize) -> Result<()> {
    let row = refit::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.clone()),
        next_at: Set(i32::try_from(next_at).unwrap_or(i32::MAX)),
        leased_until: Set(0),
    };
    let replace = OnConflict::columns([refit::Column::LearnerId, refit::Column::Course])
        .update_columns([refit::Column::NextAt, refit::Column::LeasedUntil])
        .to_owned();
    refit::Entity::insert(row).on_conflict(replace).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// Keeps a fit under the next version number; the learner's row is locked by the caller.
pub async fn record(txn: &Txn, (learner, course): &StandingKey, fit: &Fit, now: Timestamp) -> Result<()> {
    let newest = memory_fit::Entity::find()
        .filter(memory_fit::Column::LearnerId.eq(learner.0).and(memory_fit::Column::Course.eq(course)))
        .order_by_desc(memory_fit::Column::Version)
        .one(txn.inner())
        .await?;
    let row = memory_fit::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.clone()),
        version: Set(newest.map_or(0, |newest| newest.version) + 1),
        weights: Set(serde_json::to_string(&fit.weights)?),
        scored: Set(i32::try_from(fit.scored).unwrap_or(i32::MAX)),
        loss_before: Set(fit.loss_before),
        loss_after: Set(fit.loss_after),
        created_at: Set(now.0),
    };
    memory_fit::Entity::insert(row).exec_without_returning(txn.inner()).await?;
    Ok(())
}
