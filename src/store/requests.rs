//! Requests that made something, by the key their client drew for each.

use super::{Connection, Result, Txn, entity::request};
use crate::vocab::{id::LearnerId, time::Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use uuid::Uuid;

/// A request and what it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub learner: LearnerId,
    pub key: Uuid,
    /// Of what was asked.
    pub digest: String,
    pub made: Uuid,
    pub made_at: Timestamp,
}

/// Writes a request down; false if there is one of its key. While another transaction writes the same one, waits for
/// it.
pub async fn insert(txn: &Txn, request: &Request) -> Result<bool> {
    let row = request::ActiveModel {
        learner_id: Set(request.learner.0),
        key: Set(request.key),
        digest: Set(request.digest.clone()),
        made: Set(request.made),
        made_at: Set(request.made_at.0),
    };
    let once = OnConflict::columns([request::Column::LearnerId, request::Column::Key]).do_nothing().to_owned();
    Ok(request::Entity::insert(row).on_conflict(once).exec_without_returning(txn.inner()).await? == 1)
}

pub async fn find(db: &impl Connection, learner: LearnerId, key: Uuid) -> Result<Option<Request>> {
    let row = request::Entity::find_by_id((learner.0, key)).one(db.inner()).await?;
    Ok(row.map(|row| Request {
        learner: LearnerId(row.learner_id),
        key: row.key,
        digest: row.digest,
        made: row.made,
        made_at: Timestamp(row.made_at),
    }))
}

/// Forgets a learner's requests of before `oldest`.
pub async fn forget(txn: &Txn, learner: LearnerId, oldest: Timestamp) -> Result<()> {
    let own = request::Entity::delete_many().filter(request::Column::LearnerId.eq(learner.0));
    own.filter(request::Column::MadeAt.lt(oldest.0)).exec(txn.inner()).await?;
    Ok(())
}
