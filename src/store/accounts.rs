//! Accounts: a name and a hashed password for a learner.

use super::{
    Connection, Result,
    entity::account,
    keyed::{self, Column},
};
use crate::{
    domain::access::Role,
    vocab::{id::LearnerId, time::Timestamp},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

/// An account as stored; the name is already folded to lower case.
#[derive(Clone)]
pub struct Account {
    pub learner: LearnerId,
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    pub role: Role,
    pub created_at: Timestamp,
}

/// `Taken` if the name is, or if the learner has an account already.
pub async fn insert(db: &impl Connection, account: &Account) -> Result<()> {
    let row = account::ActiveModel {
        learner_id: Set(account.learner.0),
        name: Set(account.name.clone()),
        password_hash: Set(account.password_hash.clone()),
        role: Set(account.role.as_str().to_owned()),
        created_at: Set(account.created_at.0),
    };
    account::Entity::insert(row).exec_without_returning(db.inner()).await?;
    Ok(())
}

pub async fn find_by_name(db: &impl Connection, name: &str) -> Result<Option<Account>> {
    let row = account::Entity::find().filter(account::Column::Name.eq(name)).one(db.inner()).await?;
    Ok(row.map(from_row))
}

pub async fn find(db: &impl Connection, learner: LearnerId) -> Result<Option<Account>> {
    let row = account::Entity::find_by_id(learner.0).one(db.inner()).await?;
    Ok(row.map(from_row))
}

/// The learners of these names.
pub async fn named(db: &impl Connection, names: &[String]) -> Result<HashMap<String, LearnerId>> {
    let keys = names.iter().map(|name| vec![name.as_str().into()]).collect();
    let rows: Vec<account::Model> = keyed::find(db, ("t.*", "account"), (&[Column::text("name")], keys), "").await?;
    Ok(rows.into_iter().map(|row| (row.name, LearnerId(row.learner_id))).collect())
}

fn from_row(row: account::Model) -> Account {
    Account {
        learner: LearnerId(row.learner_id),
        name: row.name,
        password_hash: row.password_hash,
        role: Role::parse(&row.role),
        created_at: Timestamp(row.created_at),
    }
}
