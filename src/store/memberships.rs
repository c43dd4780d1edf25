//! Which unit a learner belongs to. One at a time; who has left keeps his row.

use super::{
    Connection, Result, Txn,
    entity::{account, membership, unit_lead},
    keyed::{self, Column, Row},
};
use crate::{
    domain::{access::Role, coverage::Member},
    vocab::{
        id::{CohortId, LearnerId, UnitId},
        time::{Timestamp, Week},
    },
};
use sea_orm::{
    ColumnTrait, DerivePartialModel, EntityTrait, ExprTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect,
    RelationDef,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How someone came to be a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// He joined by a code and gave his consent.
    Invitation,
    /// An administrator put him there.
    Import,
}

/// A learner's membership, past or present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub learner: LearnerId,
    pub unit: UnitId,
    pub source: Source,
    /// The version of the text he agreed to.
    pub consent: Option<String>,
    pub joined_at: Timestamp,
    pub left_at: Option<Timestamp>,
    /// He left himself: nobody else brings him back.
    pub opted_out: bool,
    /// The first week in which he may be counted anew.
    pub counts_from: Week,
    pub cohort: Option<CohortId>,
}

impl Membership {
    /// The same, ended by `at`.
    pub fn ended(self, at: Timestamp) -> Self {
        Self { left_at: self.left_at.or(Some(at)), ..self }
    }
}

pub async fn find(db: &impl Connection, learner: LearnerId) -> Result<Option<Membership>> {
    Ok(membership::Entity::find_by_id(learner.0).one(db.inner()).await?.map(from_row))
}

/// Reads a membership to write it back changed, and keeps it until the transaction ends: a refresh changes it beside
/// its learner.
pub async fn lock(txn: &Txn, learner: LearnerId) -> Result<Option<Membership>> {
    let row = membership::Entity::find_by_id(learner.0).lock_exclusive().one(txn.inner()).await?;
    Ok(row.map(from_row))
}

/// The same of several learners, past memberships included; let `learners` be sorted, as a refresh locks them.
pub async fn of(txn: &Txn, learners: &[LearnerId]) -> Result<HashMap<LearnerId, Membership>> {
    let keys = learners.iter().map(|id| vec![id.0.into()]).collect();
    let by = [Column::uuid("learner_id")];
    let rows: Vec<membership::Model> = keyed::find(txn, ("t.*", "membership"), (&by, keys), "FOR UPDATE").await?;
    Ok(rows.into_iter().map(|row| (LearnerId(row.learner_id), from_row(row))).collect())
}

/// Inserts or replaces.
pub async fn put(txn: &Txn, memberships: &[Membership]) -> Result<()> {
    let rows = memberships.iter().map(row).collect();
    let mut batch = txn.batch();
    keyed::insert(&mut batch, "membership", (&MEMBERSHIP, &["learner_id"]), rows).await?;
    batch.send().await
}

/// Names of the accounts that are members of a unit, from after `after` on, by name, and since when.
pub async fn names(
    db: &impl Connection,
    unit: UnitId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(String, Timestamp)>> {
    let query = membership::Entity::find()
        .filter(membership::Column::UnitId.eq(unit.0))
        .filter(membership::Column::LeftAt.is_null())
        .filter(account::Column::Name.gt(after.unwrap_or_default()))
        .join(JoinType::InnerJoin, to_account())
        .order_by(account::Column::Name, Order::Asc)
        .limit(limit)
        .select_only()
        .column(account::Column::Name)
        .column(membership::Column::JoinedAt);
    let rows: Vec<(String, i64)> = query.into_tuple().all(db.inner()).await?;
    Ok(rows.into_iter().map(|(name, at)| (name, Timestamp(at))).collect())
}

/// Whether anybody is a member of a unit.
pub async fn any(db: &impl Connection, unit: UnitId) -> Result<bool> {
    let members = membership::Entity::find().filter(membership::Column::UnitId.eq(unit.0));
    Ok(members.filter(membership::Column::LeftAt.is_null()).one(db.inner()).await?.is_some())
}

/// Every present member, as a refresh sees him. A few words per person: beliefs are read in pages, this is not. Nobody
/// joins, moves or leaves until the transaction ends.
pub async fn members(txn: &Txn) -> Result<Vec<Member>> {
    let db = txn.inner();
    // Who has left is locked with them while he is in a cohort, because the end of the cohort changes his row too.
    let concerned = membership::Column::LeftAt.is_null().or(membership::Column::CohortId.is_not_null());
    let rows = membership::Entity::find().filter(concerned).order_by(membership::Column::LearnerId, Order::Asc);
    let rows = rows.lock_exclusive().into_partial_model::<Place>().all(db).await?;
    // After the memberships: whoever is made a lead holds his.
    let leads = unit_lead::Entity::find().select_only().column(unit_lead::Column::LearnerId);
    let admins = account::Entity::find().filter(account::Column::Role.eq(Role::Admin.as_str()));
    let admins = admins.select_only().column(account::Column::LearnerId);
    let mut readers: HashSet<Uuid> = leads.into_tuple().all(db).await?.into_iter().collect();
    readers.extend(admins.into_tuple::<Uuid>().all(db).await?);
    let member = |row: Place| Member {
        learner: LearnerId(row.learner_id),
        unit: UnitId(row.unit_id),
        cohort: row.cohort_id.map(CohortId),
        counts_from: Week(row.counts_from),
        reads: readers.contains(&row.learner_id),
    };
    Ok(rows.into_iter().filter(|row| row.left_at.is_none()).map(member).collect())
}

/// What a refresh reads of a membership.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "membership::Entity")]
struct Place {
    learner_id: Uuid,
    unit_id: Uuid,
    left_at: Option<i64>,
    cohort_id: Option<Uuid>,
    counts_from: i32,
}

fn to_account() -> RelationDef {
    membership::Entity::belongs_to(account::Entity)
        .from(membership::Column::LearnerId)
        .to(account::Column::LearnerId)
        .into()
}

const MEMBERSHIP: [Column; 9] = [
    Column::uuid("learner_id"),
    Column::uuid("unit_id"),
    Column::text("source"),
    Column::text("consent").or_null(),
    Column::big_integer("joined_at"),
    Column::big_integer("left_at").or_null(),
    Column::boolean("opted_out"),
    Column::integer("counts_from"),
    Column::uuid("cohort_id").or_null(),
];

/// The values of `MEMBERSHIP`.
fn row(membership: &Membership) -> Row {
    vec![
        membership.learner.0.into(),
        membership.unit.0.into(),
        membership.source.as_str().into(),
        membership.consent.clone().into(),
        membership.joined_at.0.into(),
        membership.left_at.map(|at| at.0).into(),
        membership.opted_out.into(),
        membership.counts_from.0.into(),
        membership.cohort.map(|cohort| cohort.0).into(),
    ]
}

fn from_row(row: membership::Model) -> Membership {
    Membership {
        learner: LearnerId(row.learner_id),
        unit: UnitId(row.unit_id),
        source: Source::parse(&row.source),
        consent: row.consent,
        joined_at: Timestamp(row.joined_at),
        left_at: row.left_at.map(Timestamp),
        opted_out: row.opted_out,
        counts_from: Week(row.counts_from),
        cohort: row.cohort_id.map(CohortId),
    }
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Import => "import",
        }
    }

    fn parse(word: &str) -> Self {
        if word == Self::Invitation.as_str() { Self::Invitation } else { Self::Import }
    }
}
