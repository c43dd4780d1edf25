//! Access and refresh tokens, by their hashes. The rules of rotation are `app::tokens`'s.

use super::{
    Batch, Connection, Result, Source, Txn,
    entity::{access_token, account, refresh_token},
    keyed::{self, Column},
};
use crate::{
    domain::access::Role,
    vocab::{id::LearnerId, time::Timestamp},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;
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

/// An access token, not used yet.
#[derive(Debug, Clone)]
pub struct Access {
    pub learner: LearnerId,
    pub hash: String,
    pub family: Uuid,
    pub expires_at: Timestamp,
}

/// A link in a chain of refresh tokens.
#[derive(Debug, Clone)]
pub struct Refresh {
    pub learner: LearnerId,
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

/// A token's learner and its hash.
pub type TokenKey = (LearnerId, String);

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

/// Writes new access tokens, and refresh tokens whether they are new or not.
pub async fn save(batch: &mut Batch<'_>, accesses: &[Access], refreshes: &[Refresh]) -> Result<()> {
    let access = |token: &Access| {
        let Access { learner, hash, family, expires_at } = token;
        vec![learner.0.into(), hash.as_str().into(), (*family).into(), false.into(), expires_at.0.into()]
    };
    keyed::insert(batch, "access_token", (&ACCESS, &[]), accesses.iter().map(access).collect()).await?;
    let refresh = |token: &Refresh| {
        vec![
            token.learner.0.into(),
            token.hash.as_str().into(),
            token.family.into(),
            token.parent.clone().into(),
            token.access_hash.as_str().into(),
            token.consumed.into(),
            token.expires_at.0.into(),
        ]
    };
    keyed::insert(batch, "refresh_token", (&REFRESH, &KEY), refreshes.iter().map(refresh).collect()).await
}

const KEY: [&str; 2] = ["learner_id", "hash"];
const BY_KEY: [Column; 2] = [Column::uuid("learner_id"), Column::text("hash")];

const ACCESS: [Column; 5] = [
    Column::uuid("learner_id"),
    Column::text("hash"),
    Column::uuid("family"),
    Column::boolean("used"),
    Column::big_integer("expires_at"),
];

const REFRESH: [Column; 7] = [
    Column::uuid("learner_id"),
    Column::text("hash"),
    Column::uuid("family"),
    Column::text("parent").or_null(),
    Column::text("access_hash"),
    Column::boolean("consumed"),
    Column::big_integer("expires_at"),
];

/// Refresh tokens as they are; whoever changes them holds their learner's row.
pub async fn refreshes(db: &impl Source, keys: &[TokenKey]) -> Result<HashMap<TokenKey, Refresh>> {
    let rows = keys.iter().map(|(learner, hash)| vec![learner.0.into(), hash.as_str().into()]).collect();
    let found = keyed::find::<refresh_token::Model>(db, ("t.*", "refresh_token"), (&BY_KEY, rows), "").await?;
    let by_key = |token: Refresh| ((token.learner, token.hash.clone()), token);
    Ok(found.into_iter().map(from_row).map(by_key).collect())
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

/// Notes that access tokens, by their hashes, and so the pairs they belong to, reached their owners.
pub async fn mark_used(batch: &mut Batch<'_>, tokens: &[TokenKey]) -> Result<()> {
    let columns = [Column::uuid("learner_id"), Column::text("hash"), Column::boolean("used")];
    let used = |(learner, hash): &TokenKey| vec![learner.0.into(), hash.as_str().into(), true.into()];
    keyed::update(batch, "access_token", &columns, tokens.iter().map(used).collect()).await
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

/// Removes what has expired, of some learners; called when they get new pairs, so that no sweeper is needed.
pub async fn sweep(batch: &mut Batch<'_>, learners: &[LearnerId], now: Timestamp) -> Result<()> {
    let columns = [Column::uuid("learner_id"), Column::big_integer("expires_at")];
    for table in ["access_token", "refresh_token"] {
        let rows = learners.iter().map(|learner| vec![learner.0.into(), now.0.into()]).collect();
        keyed::delete_until(batch, table, (&columns, &KEY), rows).await?;
    }
    Ok(())
}

fn from_row(row: refresh_token::Model) -> Refresh {
    Refresh {
        learner: LearnerId(row.learner_id),
        hash: row.hash,
        family: row.family,
        parent: row.parent,
        access_hash: row.access_hash,
        consumed: row.consumed,
        expires_at: Timestamp(row.expires_at),
    }
}
