//! Access and refresh tokens, by their hashes. The rules of rotation are `app::tokens`'s.

use super::{
    Connection, Result, Txn,
    entity::{access_token, account, refresh_token},
    keyed::{self, Column},
};
use crate::{
    domain::access::Role,
    vocab::{id::LearnerId, time::Timestamp},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// A bearer token that is still good at the time asked for.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    pub family: Uuid,
    pub role: Role,
    /// Whether it was used before.
    pub used: bool,
    pub expires_at: Timestamp,
}

/// A link in a chain of refresh tokens.
#[derive(Debug, Clone)]
pub struct Refresh {
    pub hash: String,
    pub family: Uuid,
    /// The token this one came from.
    pub parent: Option<String>,
    /// The access token of the same pair.
    pub access_hash: String,
    /// Replaced by a successor.
    pub consumed: bool,
    pub expires_at: Timestamp,
}

/// A new pair of the same family.
pub struct Pair<'a> {
    pub family: Uuid,
    pub access_hash: &'a str,
    pub access_expires_at: Timestamp,
    pub refresh_hash: &'a str,
    pub refresh_expires_at: Timestamp,
    pub parent: Option<&'a str>,
}

/// The bearer of `hash` if it has not expired; one statement, by primary key.
pub async fn bearer(db: &impl Connection, learner: LearnerId, hash: &str, now: Timestamp) -> Result<Option<Bearer>> {
    let row = access_token::Entity::find_by_id((learner.0, hash.to_owned())).one(db.inner()).await?;
    let Some(row) = row.filter(|row| row.expires_at > now.0) else { return Ok(None) };
    let account = account::Entity::find_by_id(learner.0).select_only().column(account::Column::Role);
    let role: Option<String> = account.into_tuple().one(db.inner()).await?;
    Ok(Some(Bearer {
        family: row.family,
        role: role.map_or(Role::Learner, |role| Role::parse(&role)),
        used: row.used,
        expires_at: Timestamp(row.expires_at),
    }))
}

pub async fn insert(txn: &Txn, learner: LearnerId, pair: Pair<'_>) -> Result<()> {
    let access = access_token::ActiveModel {
        learner_id: Set(learner.0),
        hash: Set(pair.access_hash.to_owned()),
        family: Set(pair.family),
        used: Set(false),
        expires_at: Set(pair.access_expires_at.0),
    };
    access_token::Entity::insert(access).exec_without_returning(txn.inner()).await?;
    let refresh = refresh_token::ActiveModel {
        learner_id: Set(learner.0),
        hash: Set(pair.refresh_hash.to_owned()),
        family: Set(pair.family),
        parent: Set(pair.parent.map(str::to_owned)),
        access_hash: Set(pair.access_hash.to_owned()),
        consumed: Set(false),
        expires_at: Set(pair.refresh_expires_at.0),
    };
    refresh_token::Entity::insert(refresh).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// The refresh token of `hash`, kept until the transaction ends.
pub async fn lock_refresh(txn: &Txn, learner: LearnerId, hash: &str) -> Result<Option<Refresh>> {
    let find = refresh_token::Entity::find_by_id((learner.0, hash.to_owned())).lock_exclusive();
    Ok(find.one(txn.inner()).await?.map(from_row))
}

/// The tokens that came from `parent`.
pub async fn successors(txn: &Txn, learner: LearnerId, parent: &str) -> Result<Vec<Refresh>> {
    let rows = refresh_token::Entity::find()
        .filter(refresh_token::Column::LearnerId.eq(learner.0))
        .filter(refresh_token::Column::Parent.eq(parent))
        .all(txn.inner())
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

pub async fn mark_consumed(txn: &Txn, learner: LearnerId, hash: &str) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::Consumed, true.into())
        .filter(refresh_token::Column::LearnerId.eq(learner.0))
        .filter(refresh_token::Column::Hash.eq(hash))
        .exec(txn.inner())
        .await?;
    Ok(())
}

/// Notes that access tokens, by their hashes, and so the pairs they belong to, reached their owners.
pub async fn mark_used(txn: &Txn, tokens: &[(LearnerId, String)]) -> Result<()> {
    let columns = [Column::uuid("learner_id"), Column::text("hash"), Column::boolean("used")];
    let used = |(learner, hash): &(LearnerId, String)| vec![learner.0.into(), hash.as_str().into(), true.into()];
    let mut batch = txn.batch();
    keyed::update(&mut batch, "access_token", &columns, tokens.iter().map(used).collect()).await?;
    batch.send().await
}

/// Whether the access token of a pair was used; one that is gone counts as used.
pub async fn is_used(txn: &Txn, learner: LearnerId, access_hash: &str) -> Result<bool> {
    let row = access_token::Entity::find_by_id((learner.0, access_hash.to_owned())).one(txn.inner()).await?;
    Ok(row.is_none_or(|row| row.used))
}

/// Takes an access token back.
pub async fn revoke_access(txn: &Txn, learner: LearnerId, access_hash: &str) -> Result<()> {
    access_token::Entity::delete_by_id((learner.0, access_hash.to_owned())).exec(txn.inner()).await?;
    Ok(())
}

/// Ends a whole chain.
pub async fn revoke_family(txn: &Txn, learner: LearnerId, family: Uuid) -> Result<()> {
    let mine = access_token::Column::LearnerId.eq(learner.0).and(access_token::Column::Family.eq(family));
    access_token::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    let mine = refresh_token::Column::LearnerId.eq(learner.0).and(refresh_token::Column::Family.eq(family));
    refresh_token::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    Ok(())
}

/// Removes what has expired, of one learner; called when he gets a new pair, so that no sweeper is needed.
pub async fn sweep(txn: &Txn, learner: LearnerId, now: Timestamp) -> Result<()> {
    let mine = access_token::Column::LearnerId.eq(learner.0).and(access_token::Column::ExpiresAt.lte(now.0));
    access_token::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    let mine = refresh_token::Column::LearnerId.eq(learner.0).and(refresh_token::Column::ExpiresAt.lte(now.0));
    refresh_token::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    Ok(())
}

fn from_row(row: refresh_token::Model) -> Refresh {
    Refresh {
        hash: row.hash,
        family: row.family,
        parent: row.parent,
        access_hash: row.access_hash,
        consumed: row.consumed,
        expires_at: Timestamp(row.expires_at),
    }
}
