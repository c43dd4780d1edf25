//! The learner's log: events as they were accepted. Nothing here is ever updated.

use super::{
    Connection, Result, Txn,
    entity::event,
    keyed::{self, Column, Key, hex},
};
use crate::{
    domain::review::{Answer, Effect, OrderKey},
    vocab::{
        grade::Rating,
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
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
    pub learner_id: Uuid,
    pub id: Uuid,
    pub seq: i64,
    pub hash: String,
    pub course: String,
    pub question_id: Option<Uuid>,
}

/// An event of a learner.
pub type EventKey = (LearnerId, EventId);

/// Those of `keys` that are stored.
pub async fn known(txn: &Txn, keys: &[EventKey]) -> Result<HashMap<EventKey, KnownEvent>> {
    let columns = "t.learner_id, t.id, t.seq, t.hash, t.course, t.question_id";
    let by = [Key::Uuid("learner_id"), Key::Uuid("id")];
    let statement = keyed::select(txn.backend(), (columns, "event"), &by, &rows(keys), "");
    let found = KnownEvent::find_by_statement(statement).all(txn.inner()).await?;
    Ok(found.into_iter().map(|row| ((LearnerId(row.learner_id), EventId(row.id)), row)).collect())
}

/// Those of `keys` that some event of the same learner has taken back.
pub async fn voided(txn: &Txn, keys: &[EventKey]) -> Result<BTreeSet<EventKey>> {
    let by = [Key::Uuid("learner_id"), Key::Uuid("voids")];
    let columns = "DISTINCT t.learner_id, t.voids AS target";
    let statement = keyed::select(txn.backend(), (columns, "event"), &by, &rows(keys), "");
    let found = Voided::find_by_statement(statement).all(txn.inner()).await?;
    Ok(found.into_iter().map(|row| (LearnerId(row.learner_id), EventId(row.target))).collect())
}

#[derive(FromQueryResult)]
struct Voided {
    learner_id: Uuid,
    target: Uuid,
}

fn rows(keys: &[EventKey]) -> Vec<Vec<String>> {
    keys.iter().map(|(learner, event)| vec![hex(learner.0), hex(event.0)]).collect()
}

pub async fn insert(txn: &Txn, events: &[(LearnerId, NewEvent)]) -> Result<()> {
    let rows: Vec<Vec<Value>> = events.iter().map(|(learner, event)| to_row(*learner, event)).collect();
    txn.inner().execute_raw(keyed::insert(txn.backend(), "event", &COLUMNS, &[], &rows)).await?;
    Ok(())
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

const COLUMNS: [Column; 18] = [
    Column::Uuid("learner_id"),
    Column::Uuid("id"),
    Column::BigInteger("seq"),
    Column::Text("kind"),
    Column::Text("course"),
    Column::Uuid("question_id"),
    Column::Integer("revision"),
    Column::Uuid("voids"),
    Column::BigInteger("order_at"),
    Column::Integer("study_day"),
    Column::Text("effect"),
    Column::Integer("rating"),
    Column::Boolean("evidence"),
    Column::Real("guess"),
    Column::Text("hash"),
    Column::Text("raw"),
    Column::Uuid("device_id"),
    Column::BigInteger("received_at"),
];

/// The values of `COLUMNS`.
fn to_row(learner: LearnerId, event: &NewEvent) -> Vec<Value> {
    let (answer, voids) = match &event.body {
        EventBody::Answer(answer) => (Some(*answer), None),
        EventBody::Void(target) => (None, Some(target.0)),
    };
    let (effect, rating, evidence) = match answer.map(|answer| answer.effect) {
        Some(Effect::Reviewed { rating, evidence }) => ("reviewed", Some(rating.number()), evidence),
        Some(Effect::Practised { evidence }) => ("practised", None, evidence),
        Some(Effect::Seen) => ("seen", None, None),
        None => ("", None, None),
    };
    vec![
        hex(learner.0).into(),
        hex(event.id.0).into(),
        event.seq.into(),
        if voids.is_some() { "void" } else { "answer" }.into(),
        event.course.as_str().into(),
        answer.map(|answer| hex(answer.question.0)).into(),
        event.revision.into(),
        voids.map(hex).into(),
        event.order_at.0.into(),
        answer.map_or(0, |answer| answer.day.0).into(),
        effect.into(),
        rating.into(),
        evidence.into(),
        answer.map_or(0.0, |answer| answer.guess).into(),
        event.hash.as_str().into(),
        event.raw.as_str().into(),
        event.device_id.map(hex).into(),
        event.received_at.0.into(),
    ]
}
