//! Units of the organisation and who leads them.

use super::{
    Connection, Result, Txn,
    catalogue::set_state,
    entity::{account, activity, unit, unit_concept, unit_lead},
};
use crate::vocab::{
    id::{LearnerId, UnitId},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

/// A unit as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub id: UnitId,
    /// The unit it lies in; a root has none.
    pub parent: Option<UnitId>,
    pub name: String,
    /// Grows with every change an administrator makes.
    pub version: i32,
    pub invitation: Option<Invitation>,
    pub created_at: Timestamp,
}

/// A code by which people join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub code: String,
    pub ends_at: Timestamp,
}

/// Every unit, by name. There are as many as the organisation has parts, never as many as it has people.
pub async fn all(db: &impl Connection) -> Result<Vec<Unit>> {
    let rows = unit::Entity::find().order_by(unit::Column::Name, Order::Asc).order_by(unit::Column::Id, Order::Asc);
    Ok(rows.all(db.inner()).await?.into_iter().map(from_row).collect())
}

pub async fn find(db: &impl Connection, id: UnitId) -> Result<Option<Unit>> {
    Ok(unit::Entity::find_by_id(id.0).one(db.inner()).await?.map(from_row))
}

/// Keeps what lies in what until the transaction ends, for whoever changes it. Let it come before `all`, which then
/// sees every change that is done.
pub async fn hold_tree(txn: &Txn) -> Result<()> {
    set_state(txn, "tree", "").await
}

/// Keeps a unit's row until the transaction ends.
pub async fn lock(txn: &Txn, id: UnitId) -> Result<()> {
    unit::Entity::find_by_id(id.0).lock_exclusive().one(txn.inner()).await?;
    Ok(())
}

pub async fn find_by_invitation(db: &impl Connection, code: &str) -> Result<Option<Unit>> {
    let row = unit::Entity::find().filter(unit::Column::Invitation.eq(code)).one(db.inner()).await?;
    Ok(row.map(from_row))
}

/// `Taken` if the place has a unit of that name.
pub async fn insert(txn: &Txn, unit: &Unit) -> Result<()> {
    unit::Entity::insert(row(unit)).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// Writes `unit` if its stored version is still `expected`; whether it was.
pub async fn update(txn: &Txn, unit: &Unit, expected: i32) -> Result<bool> {
    let same = unit::Column::Id.eq(unit.id.0).and(unit::Column::Version.eq(expected));
    let changed = unit::Entity::update_many().set(row(unit)).filter(same).exec(txn.inner()).await?;
    Ok(changed.rows_affected == 1)
}

/// Removes a unit with its leads, activities and agreements; whether its version was still `expected`.
pub async fn delete(txn: &Txn, id: UnitId, expected: i32) -> Result<bool> {
    let db = txn.inner();
    let same = unit::Column::Id.eq(id.0).and(unit::Column::Version.eq(expected));
    if unit::Entity::delete_many().filter(same).exec(db).await?.rows_affected == 0 {
        return Ok(false);
    }
    unit_lead::Entity::delete_many().filter(unit_lead::Column::UnitId.eq(id.0)).exec(db).await?;
    activity::Entity::delete_many().filter(activity::Column::UnitId.eq(id.0)).exec(db).await?;
    unit_concept::Entity::delete_many().filter(unit_concept::Column::UnitId.eq(id.0)).exec(db).await?;
    Ok(true)
}

/// Who leads what, by the name of the account.
pub async fn leads(db: &impl Connection) -> Result<Vec<(UnitId, String)>> {
    let grants = unit_lead::Entity::find().all(db.inner()).await?;
    let who: Vec<uuid::Uuid> = grants.iter().map(|grant| grant.learner_id).collect();
    let accounts = account::Entity::find().filter(account::Column::LearnerId.is_in(who)).all(db.inner()).await?;
    let name = |id| accounts.iter().find(|account| account.learner_id == id).map(|account| account.name.clone());
    let mut leads: Vec<(UnitId, String)> =
        grants.iter().filter_map(|grant| Some((UnitId(grant.unit_id), name(grant.learner_id)?))).collect();
    leads.sort();
    Ok(leads)
}

/// The units a learner leads, without those that lie in them.
pub async fn led_by(db: &impl Connection, learner: LearnerId) -> Result<Vec<UnitId>> {
    let units = unit_lead::Entity::find().filter(unit_lead::Column::LearnerId.eq(learner.0));
    let units = units.order_by(unit_lead::Column::UnitId, Order::Asc).select_only().column(unit_lead::Column::UnitId);
    let units: Vec<uuid::Uuid> = units.into_tuple().all(db.inner()).await?;
    Ok(units.into_iter().map(UnitId).collect())
}

pub async fn grant(txn: &Txn, learner: LearnerId, unit: UnitId, now: Timestamp) -> Result<()> {
    let row = unit_lead::ActiveModel { learner_id: Set(learner.0), unit_id: Set(unit.0), created_at: Set(now.0) };
    let once = OnConflict::columns([unit_lead::Column::LearnerId, unit_lead::Column::UnitId]).do_nothing().to_owned();
    unit_lead::Entity::insert(row).on_conflict(once).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// Whether there was something to revoke.
pub async fn revoke(txn: &Txn, learner: LearnerId, unit: UnitId) -> Result<bool> {
    let grant = unit_lead::Entity::delete_by_id((learner.0, unit.0)).exec(txn.inner()).await?;
    Ok(grant.rows_affected == 1)
}

fn row(unit: &Unit) -> unit::ActiveModel {
    unit::ActiveModel {
        id: Set(unit.id.0),
        parent: Set(unit.parent.map(|parent| parent.0)),
        name: Set(unit.name.clone()),
        version: Set(unit.version),
        invitation: Set(unit.invitation.as_ref().map(|invitation| invitation.code.clone())),
        invitation_ends: Set(unit.invitation.as_ref().map(|invitation| invitation.ends_at.0)),
        created_at: Set(unit.created_at.0),
    }
}

fn from_row(row: unit::Model) -> Unit {
    let invitation = row.invitation.zip(row.invitation_ends);
    Unit {
        id: UnitId(row.id),
        parent: row.parent.map(UnitId),
        name: row.name,
        version: row.version,
        invitation: invitation.map(|(code, ends)| Invitation { code, ends_at: Timestamp(ends) }),
        created_at: Timestamp(row.created_at),
    }
}
