//! What teams do to learn, and what they have agreed on for a concept. Nothing here names a person.

use super::{
    Connection, Result, Txn,
    entity::{activity, unit_concept},
};
use crate::{
    domain::{coverage::Importance, teamwork::ActivityKind},
    vocab::id::{ActivityId, UnitId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use std::collections::HashMap;

/// An activity as stored. Days are ISO dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub id: ActivityId,
    pub unit: UnitId,
    pub version: i32,
    pub kind: ActivityKind,
    pub title: String,
    pub held_on: String,
    /// Course and concept it was about.
    pub about: Option<(String, String)>,
    pub follow_up: Option<String>,
    pub follow_up_on: Option<String>,
    pub done: bool,
}

/// What a unit has agreed on for a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub version: i32,
    pub importance: Importance,
    pub backup: Option<Backup>,
}

/// Where the knowledge is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub title: String,
    pub url: Option<String>,
    /// ISO date on which someone should look whether it still holds.
    pub review_on: Option<String>,
}

/// The activities of a unit, the newest first, from after `after` on.
pub async fn of_unit(
    db: &impl Connection,
    unit: UnitId,
    after: Option<(&str, ActivityId)>,
    limit: u64,
) -> Result<Vec<Activity>> {
    use activity::Column::{HeldOn, Id, UnitId};
    let query = activity::Entity::find().filter(UnitId.eq(unit.0));
    let query = query.order_by(HeldOn, Order::Desc).order_by(Id, Order::Desc).limit(limit);
    let query = after.into_iter().fold(query, |query, (day, id)| {
        let same_day = Condition::all().add(HeldOn.eq(day)).add(Id.lt(id.0));
        query.filter(Condition::any().add(HeldOn.lt(day)).add(same_day))
    });
    Ok(query.all(db.inner()).await?.into_iter().map(from_row).collect())
}

pub async fn find(db: &impl Connection, unit: UnitId, id: ActivityId) -> Result<Option<Activity>> {
    let row = activity::Entity::find_by_id(id.0).filter(activity::Column::UnitId.eq(unit.0)).one(db.inner()).await?;
    Ok(row.map(from_row))
}

/// `Taken` if the id is.
pub async fn insert(txn: &Txn, activity: &Activity) -> Result<()> {
    activity::Entity::insert(row(activity)).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// Writes `activity` if its stored version is still `expected`; whether it was.
pub async fn update(txn: &Txn, activity: &Activity, expected: i32) -> Result<bool> {
    let same = activity::Column::Id.eq(activity.id.0).and(activity::Column::Version.eq(expected));
    let changed = activity::Entity::update_many().set(row(activity)).filter(same).exec(txn.inner()).await?;
    Ok(changed.rows_affected == 1)
}

/// Whether the version was still `expected`.
pub async fn delete(txn: &Txn, id: ActivityId, expected: i32) -> Result<bool> {
    let same = activity::Column::Id.eq(id.0).and(activity::Column::Version.eq(expected));
    Ok(activity::Entity::delete_many().filter(same).exec(txn.inner()).await?.rows_affected == 1)
}

/// What a unit has agreed on, by concept.
pub async fn agreements(db: &impl Connection, unit: UnitId, course: &str) -> Result<HashMap<String, Agreement>> {
    let of_unit = unit_concept::Column::UnitId.eq(unit.0).and(unit_concept::Column::Course.eq(course));
    let rows = unit_concept::Entity::find().filter(of_unit).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| (row.concept.clone(), agreement_from_row(row))).collect())
}

/// Inserts or replaces.
pub async fn agree(txn: &Txn, unit: UnitId, (course, concept): (&str, &str), agreement: &Agreement) -> Result<()> {
    use unit_concept::Column::{BackupTitle, BackupUrl, Concept, Course, Importance, ReviewOn, UnitId, Version};
    let backup = agreement.backup.as_ref();
    let row = unit_concept::ActiveModel {
        unit_id: Set(unit.0),
        course: Set(course.to_owned()),
        concept: Set(concept.to_owned()),
        version: Set(agreement.version),
        importance: Set(agreement.importance.get().into()),
        backup_title: Set(backup.map(|backup| backup.title.clone())),
        backup_url: Set(backup.and_then(|backup| backup.url.clone())),
        review_on: Set(backup.and_then(|backup| backup.review_on.clone())),
    };
    let replace = OnConflict::columns([UnitId, Course, Concept])
        .update_columns([Version, Importance, BackupTitle, BackupUrl, ReviewOn])
        .to_owned();
    unit_concept::Entity::insert(row).on_conflict(replace).exec_without_returning(txn.inner()).await?;
    Ok(())
}

fn row(activity: &Activity) -> activity::ActiveModel {
    let (course, concept) = activity.about.clone().unzip();
    activity::ActiveModel {
        id: Set(activity.id.0),
        unit_id: Set(activity.unit.0),
        version: Set(activity.version),
        kind: Set(activity.kind.as_str().to_owned()),
        title: Set(activity.title.clone()),
        held_on: Set(activity.held_on.clone()),
        course: Set(course),
        concept: Set(concept),
        follow_up: Set(activity.follow_up.clone()),
        follow_up_on: Set(activity.follow_up_on.clone()),
        done: Set(activity.done),
    }
}

fn from_row(row: activity::Model) -> Activity {
    Activity {
        id: ActivityId(row.id),
        unit: UnitId(row.unit_id),
        version: row.version,
        kind: ActivityKind::parse(&row.kind),
        title: row.title,
        held_on: row.held_on,
        about: row.course.zip(row.concept),
        follow_up: row.follow_up,
        follow_up_on: row.follow_up_on,
        done: row.done,
    }
}

fn agreement_from_row(row: unit_concept::Model) -> Agreement {
    let importance = u8::try_from(row.importance).ok().and_then(Importance::new);
    Agreement {
        version: row.version,
        importance: importance.unwrap_or(Importance::DEFAULT),
        backup: row.backup_title.map(|title| Backup { title, url: row.backup_url, review_on: row.review_on }),
    }
}
