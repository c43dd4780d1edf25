//! The learner's stream as his devices read it: in the order of its numbers, which have no gaps.
//!
//! A page is found along an index from a number on, so the last page of a long log costs what the first one does. How
//! long its events are is asked before they are read, so that a page has a bound in memory.

use super::{Connection, Result, answers::effect_from, entity::event};
use crate::{
    domain::review::{Effect, Timing},
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An event of the stream.
#[derive(Debug, Clone)]
pub struct StreamEvent {
    pub seq: i64,
    pub id: EventId,
    pub kind: Kind,
    /// Empty for a void whose answer has not come.
    pub course: String,
    pub question: Option<QuestionId>,
    /// The time that orders it in the log.
    pub order_at: Timestamp,
    pub day: StudyDay,
    /// What it does to the schedule; of answers and regrades.
    pub effect: Option<Effect>,
    pub guess: f64,
    /// How long an answer took.
    pub timing: Timing,
    /// The event it takes back or grades anew.
    pub target: Option<EventId>,
    pub device_id: Option<Uuid>,
    pub received_at: Timestamp,
    /// As the device sent it, or as the server wrote it.
    pub raw: String,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Answer,
    Review,
    Void,
    Suspend,
    Resume,
    SetAside,
    Regrade,
    Refold,
}

/// The numbers after `after`, at most `limit`, each with the bytes of what the device sent. Reads none of those bytes.
pub async fn lengths(db: &impl Connection, learner: LearnerId, after: i64, limit: u64) -> Result<Vec<(i64, i32)>> {
    let rows = event::Entity::find()
        .select_only()
        .column(event::Column::Seq)
        .column_as(Expr::cust("octet_length(raw)"), "bytes")
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(limit);
    Ok(rows.into_tuple().all(db.inner()).await?)
}

/// The events after number `after`, up to `until`.
pub async fn page(db: &impl Connection, learner: LearnerId, after: i64, until: i64) -> Result<Vec<StreamEvent>> {
    let rows = event::Entity::find()
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(event::Column::Seq.gt(after))
        .filter(event::Column::Seq.lte(until))
        .order_by_asc(event::Column::Seq)
        .all(db.inner())
        .await?;
    Ok(rows.into_iter().map(StreamEvent::from).collect())
}

/// Course and question of these events, where they are answers.
pub async fn questions_of(
    db: &impl Connection,
    learner: LearnerId,
    events: &BTreeSet<EventId>,
) -> Result<BTreeSet<(String, QuestionId)>> {
    if events.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<(String, Option<Uuid>)> = event::Entity::find()
        .select_only()
        .columns([event::Column::Course, event::Column::QuestionId])
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(event::Column::Id.is_in(events.iter().map(|id| id.0)))
        .order_by_asc(event::Column::Seq)
        .into_tuple()
        .all(db.inner())
        .await?;
    Ok(rows.into_iter().filter_map(|(course, question)| Some((course, QuestionId(question?)))).collect())
}

/// Order time and id of every event a device sent. Grows with the log; for healing, not for every day.
pub async fn device_events(db: &impl Connection, learner: LearnerId) -> Result<Vec<(Timestamp, EventId)>> {
    let sent = event::Column::Kind.is_in(["answer", "review", "void", "suspend", "resume", "set_aside"]);
    let rows: Vec<(i64, Uuid)> = event::Entity::find()
        .select_only()
        .columns([event::Column::OrderAt, event::Column::Id])
        .filter(event::Column::LearnerId.eq(learner.0))
        .filter(sent)
        .order_by_asc(event::Column::Seq)
        .into_tuple()
        .all(db.inner())
        .await?;
    Ok(rows.into_iter().map(|(at, id)| (Timestamp(at), EventId(id))).collect())
}

impl From<event::Model> for StreamEvent {
    fn from(row: event::Model) -> Self {
        let kind = match row.kind.as_str() {
            "answer" => Kind::Answer,
            "review" => Kind::Review,
            "void" => Kind::Void,
            "suspend" => Kind::Suspend,
            "resume" => Kind::Resume,
            "set_aside" => Kind::SetAside,
            "regrade" => Kind::Regrade,
            _ => Kind::Refold,
        };
        Self {
            seq: row.seq,
            id: EventId(row.id),
            kind,
            course: row.course,
            question: row.question_id.map(QuestionId),
            order_at: Timestamp(row.order_at),
            day: StudyDay(row.study_day),
            effect: effect_from(&row.effect, row.rating, row.evidence),
            guess: row.guess,
            timing: Timing::stored(row.took_ms, row.ranked_as.as_deref()),
            target: row.voids.or(row.regrades).map(EventId),
            device_id: row.device_id,
            received_at: Timestamp(row.received_at),
            raw: row.raw,
        }
    }
}
