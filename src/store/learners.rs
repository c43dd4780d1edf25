//! Learners: created without a form, erased without a trace.

use super::{
    Connection, Result, Source,
    entity::{
        access_token, account, card, concept_belief, course_belief, day_tally, enrolment, event, learner, membership,
        memory_fit, pace, refit, refresh_token, request, unit_lead,
    },
    keyed::{self, Column},
};
use crate::vocab::{id::LearnerId, time::Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// A learner's own facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learner {
    pub id: LearnerId,
    /// Seeds the shuffles of his presentations.
    pub seed: i64,
    /// The last number of his event stream.
    pub head: i64,
    pub created_at: Timestamp,
}

pub async fn find(db: &impl Connection, id: LearnerId) -> Result<Option<Learner>> {
    let row = learner::Entity::find_by_id(id.0).one(db.inner()).await?;
    Ok(row.map(from_row))
}

/// Reads the learner and keeps his row until the transaction ends, so that his stream grows one write at a time.
pub async fn lock(txn: &super::Txn, id: LearnerId) -> Result<Option<Learner>> {
    let row = learner::Entity::find_by_id(id.0).lock_exclusive().one(txn.inner()).await?;
    Ok(row.map(from_row))
}

/// Reads learners and keeps their rows until the transaction ends, in the order of `ids`; let it be sorted, so that two
/// transactions never wait for each other.
pub async fn lock_all(db: &impl Source, ids: &[LearnerId]) -> Result<HashMap<LearnerId, Learner>> {
    several(db, ids, "FOR UPDATE").await
}

/// Reads learners as they are now.
pub async fn read_all(db: &impl Source, ids: &[LearnerId]) -> Result<HashMap<LearnerId, Learner>> {
    several(db, ids, "").await
}

async fn several(db: &impl Source, ids: &[LearnerId], lock: &str) -> Result<HashMap<LearnerId, Learner>> {
    let keys = ids.iter().map(|id| vec![id.0.into()]).collect();
    let found = keyed::find::<learner::Model>(db, ("t.*", "learner"), (&[Column::uuid("id")], keys), lock).await?;
    Ok(found.into_iter().map(from_row).map(|learner| (learner.id, learner)).collect())
}

/// Writes new learners, or moves the heads of the streams of those that are there: an upsert goes by the key whatever a
/// planner believes.
pub async fn save(batch: &mut super::Batch<'_>, learners: &[Learner]) -> Result<()> {
    let columns = [
        Column::uuid("id"),
        Column::big_integer("seed"),
        Column::big_integer("head"),
        Column::big_integer("created_at"),
    ];
    let row = |learner: &Learner| {
        vec![learner.id.0.into(), learner.seed.into(), learner.head.into(), learner.created_at.0.into()]
    };
    keyed::insert(batch, "learner", (&columns, &["id"]), learners.iter().map(row).collect()).await
}

/// Removes everything the learner owns; whether he was there.
///
/// His row is locked first: whoever writes for him holds it, so what he writes is either stored and removed here or not
/// written at all.
pub async fn erase(txn: &super::Txn, id: LearnerId) -> Result<bool> {
    if lock(txn, id).await?.is_none() {
        return Ok(false);
    }
    let (db, id) = (txn.inner(), id.0);
    pace::Entity::delete_many().filter(pace::Column::LearnerId.eq(id)).exec(db).await?;
    day_tally::Entity::delete_many().filter(day_tally::Column::LearnerId.eq(id)).exec(db).await?;
    event::Entity::delete_many().filter(event::Column::LearnerId.eq(id)).exec(db).await?;
    card::Entity::delete_many().filter(card::Column::LearnerId.eq(id)).exec(db).await?;
    concept_belief::Entity::delete_many().filter(concept_belief::Column::LearnerId.eq(id)).exec(db).await?;
    course_belief::Entity::delete_many().filter(course_belief::Column::LearnerId.eq(id)).exec(db).await?;
    enrolment::Entity::delete_many().filter(enrolment::Column::LearnerId.eq(id)).exec(db).await?;
    // His cohort is one short now, so it ends at the next refresh.
    membership::Entity::delete_many().filter(membership::Column::LearnerId.eq(id)).exec(db).await?;
    unit_lead::Entity::delete_many().filter(unit_lead::Column::LearnerId.eq(id)).exec(db).await?;
    memory_fit::Entity::delete_many().filter(memory_fit::Column::LearnerId.eq(id)).exec(db).await?;
    refit::Entity::delete_many().filter(refit::Column::LearnerId.eq(id)).exec(db).await?;
    request::Entity::delete_many().filter(request::Column::LearnerId.eq(id)).exec(db).await?;
    access_token::Entity::delete_many().filter(access_token::Column::LearnerId.eq(id)).exec(db).await?;
    refresh_token::Entity::delete_many().filter(refresh_token::Column::LearnerId.eq(id)).exec(db).await?;
    account::Entity::delete_many().filter(account::Column::LearnerId.eq(id)).exec(db).await?;
    learner::Entity::delete_many().filter(learner::Column::Id.eq(id)).exec(db).await?;
    Ok(true)
}

pub(super) fn from_row(row: learner::Model) -> Learner {
    Learner { id: LearnerId(row.id), seed: row.seed, head: row.head, created_at: Timestamp(row.created_at) }
}
