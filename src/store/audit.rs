//! What a check of the whole database reads: one learner at a time, whatever there is of him.

use super::{
    Connection, Result,
    entity::{card, concept_belief, course_belief, day_tally, event, learner, pace},
};
use crate::vocab::id::LearnerId;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The next `limit` learners after `after`, in the order of their ids.
pub async fn learners(db: &impl Connection, after: Option<LearnerId>, limit: u64) -> Result<Vec<LearnerId>> {
    let mut find = learner::Entity::find().select_only().column(learner::Column::Id);
    if let Some(after) = after {
        find = find.filter(learner::Column::Id.gt(after.0));
    }
    let ids = find.order_by_asc(learner::Column::Id).limit(limit).into_tuple::<Uuid>().all(db.inner()).await?;
    Ok(ids.into_iter().map(LearnerId).collect())
}

/// The numbers of a learner's stream. The index keeps them unique, so as many as the last one says are all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult)]
pub struct Stream {
    pub events: i64,
    /// `None` while there are no events.
    pub first: Option<i64>,
    pub last: Option<i64>,
}

pub async fn stream(db: &impl Connection, learner: LearnerId) -> Result<Stream> {
    let row = event::Entity::find()
        .select_only()
        .column_as(event::Column::Seq.count(), "events")
        .column_as(event::Column::Seq.min(), "first")
        .column_as(event::Column::Seq.max(), "last")
        .filter(event::Column::LearnerId.eq(learner.0))
        .into_model::<Stream>()
        .one(db.inner())
        .await?;
    Ok(row.unwrap_or_default())
}

/// The highest version of any row derived for the learner.
pub async fn newest_version(db: &impl Connection, learner: LearnerId) -> Result<Option<i64>> {
    let card = card::Entity::find().select_only().column_as(card::Column::Version.max(), "version");
    let card = card.filter(card::Column::LearnerId.eq(learner.0)).into_tuple::<Option<i64>>();
    let belief = concept_belief::Entity::find().select_only();
    let belief = belief.column_as(concept_belief::Column::Version.max(), "version");
    let belief = belief.filter(concept_belief::Column::LearnerId.eq(learner.0)).into_tuple::<Option<i64>>();
    let (card, belief) = (card.one(db.inner()).await?.flatten(), belief.one(db.inner()).await?.flatten());
    Ok(card.max(belief))
}

/// The courses of which the learner has a log or any derived row; a void without its target is of none.
pub async fn courses(db: &impl Connection, learner: LearnerId) -> Result<BTreeSet<String>> {
    let logged = event::Entity::find().select_only().column(event::Column::Course).distinct();
    let mut courses: Vec<String> =
        logged.filter(event::Column::LearnerId.eq(learner.0)).into_tuple().all(db.inner()).await?;
    let cards = card::Entity::find().select_only().column(card::Column::Course).distinct();
    courses.extend(cards.filter(card::Column::LearnerId.eq(learner.0)).into_tuple::<String>().all(db.inner()).await?);
    let beliefs = concept_belief::Entity::find().select_only().column(concept_belief::Column::Course).distinct();
    let beliefs = beliefs.filter(concept_belief::Column::LearnerId.eq(learner.0)).into_tuple::<String>();
    courses.extend(beliefs.all(db.inner()).await?);
    let standings = course_belief::Entity::find().select_only().column(course_belief::Column::Course);
    let standings = standings.filter(course_belief::Column::LearnerId.eq(learner.0)).into_tuple::<String>();
    courses.extend(standings.all(db.inner()).await?);
    let days = day_tally::Entity::find().select_only().column(day_tally::Column::Course).distinct();
    let days = days.filter(day_tally::Column::LearnerId.eq(learner.0)).into_tuple::<String>();
    courses.extend(days.all(db.inner()).await?);
    let paces = pace::Entity::find().select_only().column(pace::Column::Course).distinct();
    let paces = paces.filter(pace::Column::LearnerId.eq(learner.0)).into_tuple::<String>();
    courses.extend(paces.all(db.inner()).await?);
    Ok(courses.into_iter().filter(|course| !course.is_empty()).collect())
}
