//! What a learner chose for a course. No row means the defaults.

use super::{
    Connection, Result, Source,
    entity::enrolment,
    keyed::{self, Column},
};
use crate::{domain::memory::Weights, vocab::id::LearnerId};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use std::collections::HashMap;

/// A row of choices, already checked by whoever made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    pub retention: f64,
    /// ISO date.
    pub exam_date: Option<String>,
    pub new_per_day: i32,
    /// IANA name.
    pub time_zone: String,
    pub rollover_hour: i32,
    /// Days.
    pub maximum_interval: i32,
    pub relearn_minutes: i32,
    /// First and last day of a pause, ISO dates.
    pub pause: Option<(String, String)>,
    /// UTC milliseconds.
    pub created_at: i64,
    /// Memory weights fitted to the learner; not a choice, so `put` leaves them as they are.
    pub weights: Option<Weights>,
}

pub async fn find(db: &impl Connection, learner: LearnerId, course: &str) -> Result<Option<Enrolment>> {
    let row = enrolment::Entity::find_by_id((learner.0, course.to_owned())).one(db.inner()).await?;
    Ok(row.map(from_row))
}

/// Inserts or replaces; the day of the first enrolment is kept.
pub async fn put(db: &impl Connection, learner: LearnerId, course: &str, choice: &Enrolment) -> Result<()> {
    use enrolment::Column::{
        Course, ExamDate, LearnerId, MaximumInterval, NewPerDay, PauseFrom, PauseTo, RelearnMinutes, Retention,
        RolloverHour, TimeZone,
    };
    let row = to_row(learner, course, choice)?;
    let replace = OnConflict::columns([LearnerId, Course])
        .update_columns([Retention, ExamDate, NewPerDay, TimeZone, RolloverHour])
        .update_columns([MaximumInterval, RelearnMinutes, PauseFrom, PauseTo])
        .to_owned();
    enrolment::Entity::insert(row).on_conflict(replace).exec_without_returning(db.inner()).await?;
    Ok(())
}

/// Puts the memory weights in `choice` in force; the choices themselves are written only if there are none yet.
pub async fn put_weights(db: &impl Connection, learner: LearnerId, course: &str, choice: &Enrolment) -> Result<()> {
    let replace = OnConflict::columns([enrolment::Column::LearnerId, enrolment::Column::Course])
        .update_column(enrolment::Column::Weights)
        .to_owned();
    let row = to_row(learner, course, choice)?;
    enrolment::Entity::insert(row).on_conflict(replace).exec_without_returning(db.inner()).await?;
    Ok(())
}

fn to_row(learner: LearnerId, course: &str, choice: &Enrolment) -> Result<enrolment::ActiveModel> {
    Ok(enrolment::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.to_owned()),
        retention: Set(choice.retention),
        exam_date: Set(choice.exam_date.clone()),
        new_per_day: Set(choice.new_per_day),
        time_zone: Set(choice.time_zone.clone()),
        rollover_hour: Set(choice.rollover_hour),
        created_at: Set(choice.created_at),
        maximum_interval: Set(choice.maximum_interval),
        relearn_minutes: Set(choice.relearn_minutes),
        pause_from: Set(choice.pause.as_ref().map(|(from, _)| from.clone())),
        pause_to: Set(choice.pause.as_ref().map(|(_, to)| to.clone())),
        weights: Set(choice.weights.as_ref().map(serde_json::to_string).transpose()?),
    })
}

/// Every choice of these learners, by learner and course.
pub async fn all(db: &impl Source, learners: &[LearnerId]) -> Result<HashMap<(LearnerId, String), Enrolment>> {
    let keys = learners.iter().map(|id| vec![id.0.into()]).collect();
    let by = [Column::uuid("learner_id")];
    let entry = |row: enrolment::Model| ((LearnerId(row.learner_id), row.course.clone()), from_row(row));
    let found = keyed::find::<enrolment::Model>(db, ("t.*", "enrolment"), (&by, keys), "").await?;
    Ok(found.into_iter().map(entry).collect())
}

pub(super) fn from_row(row: enrolment::Model) -> Enrolment {
    Enrolment {
        retention: row.retention,
        exam_date: row.exam_date,
        new_per_day: row.new_per_day,
        time_zone: row.time_zone,
        rollover_hour: row.rollover_hour,
        created_at: row.created_at,
        maximum_interval: row.maximum_interval,
        relearn_minutes: row.relearn_minutes,
        pause: row.pause_from.zip(row.pause_to),
        // Ours, checked when they were stored; should they not be read back, those of the course are the fallback.
        weights: row.weights.and_then(|weights| serde_json::from_str(&weights).ok()),
    }
}
