//! The learner's log: events as they were accepted. Nothing here is ever updated.

use super::{Connection, INSERT_CHUNK, Result, Txn, entity::event};
use crate::{
    domain::review::{Answer, Effect, OrderKey},
    vocab::{
        grade::Rating,
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// An event about to be stored.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub id: EventId,
    pub seq: i64,
    /// Empty for a void whose target is not known yet.
    pub course: String,
    pub revision: i32,
    pub body: EventBody,
    pub order_at: Timestamp,
    /// Digest of the canonical JSON; tells a repeat from a reused id.
    pub hash: String,
    /// As the device sent it.
    pub raw: String,
    /// The mark as JSON, for repeats.
    pub mark: Option<String>,
    pub device_id: Option<Uuid>,
    pub received_at: Timestamp,
}

/// What the event says.
#[derive(Debug, Clone)]
pub enum EventBody {
    Answer(Answer),
    /// Takes back the event of this id, which may not have arrived yet.
    Void(EventId),
}

/// What is kept of an event for recognising its repeat.
#[derive(Debug, Clone, FromQueryResult)]
pub struct KnownEvent {
    pub id: Uuid,
    pub seq: i64,
    pub hash: String,
    pub mark: Option<String>,
    pub course: String,
    pub question_id: Option<Uuid>,
}

/// The events of `learner` among `ids`.
pub async fn known(txn: &Txn, learner: LearnerId, ids: &[EventId]) -> Result<HashMap<EventId, KnownEvent>> {
    let rows = event::Entity::find()
        .select_only()
        .columns([event::Column::Id, event::Column::Seq, event::Column::Hash, event::Column::Mark])
        .columns([event::Column::Course, event::Column::QuestionId])
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(event::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_model::<KnownEvent>()
        .all(txn.inner())
        .await?;
    Ok(rows.into_iter().map(|row| (EventId(row.id), row)).collect())
}

pub async fn insert(txn: &Txn, learner: LearnerId, events: Vec<NewEvent>) -> Result<()> {
    let mut rows = events.into_iter().map(|event| to_row(learner, event)).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<event::ActiveModel> = rows.by_ref().take(INSERT_CHUNK).collect();
        event::Entity::insert_many(chunk).exec_without_returning(txn.inner()).await?;
    }
    Ok(())
}

/// The ids among `ids` that some event of the learner has taken back.
pub async fn voided(txn: &Txn, learner: LearnerId, ids: &[EventId]) -> Result<BTreeSet<EventId>> {
    let targets: Vec<Option<Uuid>> = event::Entity::find()
        .select_only()
        .column(event::Column::Voids)
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(event::Column::Kind.eq("void"))
        .filter(event::Column::Voids.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(txn.inner())
        .await?;
    Ok(targets.into_iter().flatten().map(EventId).collect())
}

/// The learner's whole log of one course, in its own order, and the ids that were taken back.
pub async fn history(
    db: &impl Connection,
    learner: LearnerId,
    course: &str,
) -> Result<(Vec<Answer>, BTreeSet<EventId>)> {
    let of_course = Condition::any().add(event::Column::Course.eq(course)).add(event::Column::Kind.eq("void"));
    let rows: Vec<LoggedRow> = event::Entity::find()
        .select_only()
        .columns([event::Column::Id, event::Column::QuestionId, event::Column::Voids, event::Column::OrderAt])
        .columns([event::Column::StudyDay, event::Column::Effect, event::Column::Rating])
        .columns([event::Column::Evidence, event::Column::Guess])
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(of_course)
        .order_by(event::Column::OrderAt, Order::Asc)
        .order_by(event::Column::Id, Order::Asc)
        .into_model::<LoggedRow>()
        .all(db.inner())
        .await?;
    let voided = rows.iter().filter_map(|row| row.voids).map(EventId).collect();
    Ok((rows.into_iter().filter_map(LoggedRow::into_answer).collect(), voided))
}

#[derive(FromQueryResult)]
struct LoggedRow {
    id: Uuid,
    question_id: Option<Uuid>,
    voids: Option<Uuid>,
    order_at: i64,
    study_day: i32,
    effect: String,
    rating: Option<i32>,
    evidence: Option<bool>,
    guess: f64,
}

impl LoggedRow {
    fn into_answer(self) -> Option<Answer> {
        let rating = self.rating.and_then(|number| Rating::from_number(number as u8));
        let effect = match self.effect.as_str() {
            "reviewed" => Effect::Reviewed { rating: rating?, evidence: self.evidence },
            "practised" => Effect::Practised { evidence: self.evidence },
            _ => Effect::Seen,
        };
        Some(Answer {
            key: OrderKey { at: Timestamp(self.order_at), id: EventId(self.id) },
            question: QuestionId(self.question_id?),
            day: StudyDay(self.study_day),
            effect,
            guess: self.guess,
        })
    }
}

fn to_row(learner: LearnerId, event: NewEvent) -> event::ActiveModel {
    let (answer, voids) = match &event.body {
        EventBody::Answer(answer) => (Some(*answer), None),
        EventBody::Void(target) => (None, Some(target.0)),
    };
    let (effect, rating, evidence) = match answer.map(|answer| answer.effect) {
        Some(Effect::Reviewed { rating, evidence }) => ("reviewed", Some(i32::from(rating.number())), evidence),
        Some(Effect::Practised { evidence }) => ("practised", None, evidence),
        Some(Effect::Seen) => ("seen", None, None),
        None => ("", None, None),
    };
    event::ActiveModel {
        learner_id: Set(learner.0),
        id: Set(event.id.0),
        seq: Set(event.seq),
        kind: Set(if voids.is_some() { "void" } else { "answer" }.to_owned()),
        course: Set(event.course),
        question_id: Set(answer.map(|answer| answer.question.0)),
        revision: Set(event.revision),
        voids: Set(voids),
        order_at: Set(event.order_at.0),
        study_day: Set(answer.map_or(0, |answer| answer.day.0)),
        effect: Set(effect.to_owned()),
        rating: Set(rating),
        evidence: Set(evidence),
        guess: Set(answer.map_or(0.0, |answer| answer.guess)),
        hash: Set(event.hash),
        raw: Set(event.raw),
        mark: Set(event.mark),
        device_id: Set(event.device_id),
        received_at: Set(event.received_at.0),
    }
}
