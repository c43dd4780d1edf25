//! Leases: one of several instances does a piece of background work, the others leave it alone.
//!
//! A lease spares work and guards nothing: instants come from each instance's clock, and an instance that was asleep
//! may still believe it holds one. What must not happen twice needs a constraint of its own. Each call is one short
//! transaction, because a lease that is not committed holds nobody off.

use super::{Db, Result, entity::lease};
use crate::vocab::time::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::OnConflict};
use uuid::Uuid;

/// A claim to a piece of work.
#[derive(Debug, Clone)]
pub struct Lease {
    /// What is to be done, such as `parameters:medarbeiderskap`.
    pub name: String,
    /// Who does it: an id drawn for this instance or this run.
    pub holder: Uuid,
}

impl Lease {
    pub fn new(name: impl Into<String>, holder: Uuid) -> Self {
        Self { name: name.into(), holder }
    }
}

/// Takes the lease until `until` if it is free, has run out, or is ours; whether we have it now.
pub async fn acquire(db: &Db, lease: &Lease, now: Timestamp, until: Timestamp) -> Result<bool> {
    let row = lease::ActiveModel { name: Set(lease.name.clone()), holder: Set(lease.holder), expires_at: Set(until.0) };
    let ours_or_over =
        Condition::any().add(lease::Column::Holder.eq(lease.holder)).add(lease::Column::ExpiresAt.lte(now.0));
    let take = OnConflict::column(lease::Column::Name)
        .update_columns([lease::Column::Holder, lease::Column::ExpiresAt])
        .action_cond_where(ours_or_over)
        .to_owned();
    let txn = db.write().await?;
    let taken = lease::Entity::insert(row).on_conflict(take).exec_without_returning(&txn.inner).await?;
    txn.commit().await?;
    Ok(taken == 1)
}

/// Moves the end of a lease to `until`; false when it is no longer ours and the work should stop.
pub async fn renew(db: &Db, lease: &Lease, until: Timestamp) -> Result<bool> {
    let txn = db.write().await?;
    let moved = lease::Entity::update_many()
        .set(lease::ActiveModel { expires_at: Set(until.0), ..Default::default() })
        .filter(lease::Column::Name.eq(&lease.name))
        .filter(lease::Column::Holder.eq(lease.holder))
        .exec(&txn.inner)
        .await?;
    txn.commit().await?;
    Ok(moved.rows_affected == 1)
}

/// Gives the lease back; nothing happens to one that another has taken since.
pub async fn release(db: &Db, lease: &Lease) -> Result<()> {
    let txn = db.write().await?;
    lease::Entity::delete_many()
        .filter(lease::Column::Name.eq(&lease.name))
        .filter(lease::Column::Holder.eq(lease.holder))
        .exec(&txn.inner)
        .await?;
    txn.commit().await
}
