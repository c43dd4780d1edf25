//! The learner's log as the writer sees it: events as they were accepted. Nothing here is ever updated. How devices
//! read it is in `stream`.

use super::{
    Batch, Connection, Result, Source, Txn,
    entity::event,
    keyed::{self, Column, Row},
    native::from_row,
    study::StandingKey,
};
use crate::{
    domain::review::{Answer, Effect, OrderKey, Timing},
    vocab::{
        grade::Rating,
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, IdenStatic, QueryFilter, QuerySelect};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
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
    pub hash: Arc<str>,
    /// As the device sent it.
    pub raw: Arc<str>,
    pub device_id: Option<Uuid>,
    pub received_at: Timestamp,
}

/// What the event says.
#[derive(Debug, Clone)]
pub enum EventBody {
    Answer(Answer),
    /// A review made elsewhere, rated by the learner himself; to the fold an answer like any other.
    Review(Answer),
    /// Takes back the event of this id, which may not have arrived yet.
    Void(EventId),
    /// The server's own: the answer `target` has another effect, because the key of its question was wrong.
    Regrade {
        target: EventId,
        question: QuestionId,
        effect: Effect,
    },
    /// The server's own: cards changed without an answer.
    Refold,
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

from_row!(KnownEvent { learner_id, id, seq, hash, course, question_id });

/// An event of a learner.
pub type EventKey = (LearnerId, EventId);

/// Those of `keys` that are stored.
pub async fn known(db: &impl Source, keys: &[EventKey]) -> Result<HashMap<EventKey, KnownEvent>> {
    let columns = "t.learner_id, t.id, t.seq, t.hash, t.course, t.question_id";
    let by = [Column::uuid("learner_id"), Column::uuid("id")];
    let key = |row: &KnownEvent| (LearnerId(row.learner_id), EventId(row.id));
    let found = keyed::find::<KnownEvent>(db, (columns, "event"), (&by, rows(keys)), "").await?;
    Ok(found.into_iter().map(|row| (key(&row), row)).collect())
}

/// Those of `keys` that some event of the same learner has taken back.
pub async fn voided(db: &impl Source, keys: &[EventKey]) -> Result<BTreeSet<EventKey>> {
    let by = [Column::uuid("learner_id"), Column::uuid("voids")];
    let columns = "DISTINCT t.learner_id, t.voids AS target";
    let found = keyed::find::<Voided>(db, (columns, "event"), (&by, rows(keys)), "").await?;
    Ok(found.into_iter().map(|row| (LearnerId(row.learner_id), EventId(row.target))).collect())
}

#[derive(FromQueryResult)]
struct Voided {
    learner_id: Uuid,
    target: Uuid,
}

from_row!(Voided { learner_id, target });

fn rows(keys: &[EventKey]) -> Vec<Row> {
    keys.iter().map(|(learner, event)| vec![learner.0.into(), event.0.into()]).collect()
}

pub async fn insert(batch: &mut Batch<'_>, events: &[(LearnerId, NewEvent)]) -> Result<()> {
    let rows: Vec<Row> = events.iter().map(|(learner, event)| to_row(*learner, event)).collect();
    keyed::insert(batch, "event", (&COLUMNS, &[]), rows).await
}

/// Everything a fold from nothing needs of one learner and course.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub answers: Vec<Answer>,
    /// Events that were taken back.
    pub voided: BTreeSet<EventId>,
}

/// What a fold reads of an event: the columns of `LoggedRow`.
const LOGGED: [event::Column; 15] = [
    event::Column::LearnerId,
    event::Column::Course,
    event::Column::Id,
    event::Column::Seq,
    event::Column::QuestionId,
    event::Column::Voids,
    event::Column::Regrades,
    event::Column::OrderAt,
    event::Column::StudyDay,
    event::Column::Effect,
    event::Column::Rating,
    event::Column::Evidence,
    event::Column::Guess,
    event::Column::TookMs,
    event::Column::RankedAs,
];

/// The whole logs of these learners and courses, with regrades applied. A void of an answer that has not come yet
/// belongs to no course; it is in each of its learner's.
pub async fn logs(db: &impl Source, keys: &[StandingKey]) -> Result<HashMap<StandingKey, Log>> {
    let nowhere = keys.iter().map(|(learner, _)| (*learner, String::new()));
    let everywhere: BTreeSet<StandingKey> = keys.iter().cloned().chain(nowhere).collect();
    let rows = everywhere.into_iter().map(|(learner, course)| vec![learner.0.into(), course.into()]).collect();
    let columns = LOGGED.map(|column| format!("t.{}", column.as_str())).join(", ");
    let by = [Column::uuid("learner_id"), Column::text("course")];
    let mut logs: HashMap<StandingKey, Vec<LoggedRow>> = HashMap::new();
    for row in keyed::find::<LoggedRow>(db, (&columns, "event"), (&by, rows), "").await? {
        logs.entry((LearnerId(row.learner_id), row.course.clone())).or_default().push(row);
    }
    let waiting = |learner: LearnerId| logs.get(&(learner, String::new())).map(Vec::as_slice).unwrap_or_default();
    let log = |key: &StandingKey| {
        let own = logs.get(key).map(Vec::as_slice).unwrap_or_default();
        (key.clone(), Log::new(own, waiting(key.0)))
    };
    Ok(keys.iter().map(log).collect())
}

/// One log on its way through its pages, for who stands still between them.
pub struct LogReader {
    key: StandingKey,
    after: i64,
    own: Vec<LoggedRow>,
    waiting: Vec<LoggedRow>,
}

/// Events of a stream in a page; a millisecond or two of work.
const PAGE: i64 = 100;

impl LogReader {
    pub fn new(key: StandingKey) -> Self {
        Self { key, after: 0, own: Vec::new(), waiting: Vec::new() }
    }

    /// Reads the next page of a stream that ends at `head`; false if none was left.
    pub async fn read_to(&mut self, txn: &Txn, head: i64) -> Result<bool> {
        if self.after >= head {
            return Ok(false);
        }
        let until = head.min(self.after + PAGE);
        let rows = event::Entity::find()
            .select_only()
            .columns(LOGGED)
            .filter(event::Column::LearnerId.eq(self.key.0.0))
            .filter(event::Column::Seq.gt(self.after))
            .filter(event::Column::Seq.lte(until));
        for row in rows.into_model::<LoggedRow>().all(txn.inner()).await? {
            if row.course == self.key.1 {
                self.own.push(row);
            } else if row.course.is_empty() {
                self.waiting.push(row);
            }
        }
        self.after = until;
        Ok(true)
    }

    /// What [`logs`] gives of the same.
    pub fn finish(self) -> Log {
        Log::new(&self.own, &self.waiting)
    }
}

#[derive(FromQueryResult)]
struct LoggedRow {
    learner_id: Uuid,
    course: String,
    id: Uuid,
    seq: i64,
    question_id: Option<Uuid>,
    voids: Option<Uuid>,
    regrades: Option<Uuid>,
    order_at: i64,
    study_day: i32,
    effect: String,
    rating: Option<i32>,
    evidence: Option<bool>,
    guess: f64,
    took_ms: Option<i32>,
    ranked_as: Option<String>,
}

from_row!(LoggedRow {
    learner_id,
    course,
    id,
    seq,
    question_id,
    voids,
    regrades,
    order_at,
    study_day,
    effect,
    rating,
    evidence,
    guess,
    took_ms,
    ranked_as,
});

impl Log {
    fn new(own: &[LoggedRow], waiting: &[LoggedRow]) -> Self {
        let mut regrades: Vec<&LoggedRow> = own.iter().filter(|row| row.regrades.is_some()).collect();
        regrades.sort_unstable_by_key(|row| row.seq);
        // The last regrade of an answer holds.
        let effects: HashMap<Option<Uuid>, Option<Effect>> =
            regrades.into_iter().map(|row| (row.regrades, row.effect())).collect();
        let answer = |row: &LoggedRow| {
            let effect = effects.get(&Some(row.id)).copied().flatten();
            row.answer().map(|answer| Answer { effect: effect.unwrap_or(answer.effect), ..answer })
        };
        let mut answers: Vec<Answer> = own.iter().filter(|row| row.regrades.is_none()).filter_map(answer).collect();
        answers.sort_unstable_by_key(|answer| answer.key);
        let voided = own.iter().chain(waiting).filter_map(|row| row.voids).map(EventId).collect();
        Self { answers, voided }
    }
}

impl LoggedRow {
    fn answer(&self) -> Option<Answer> {
        Some(Answer {
            key: OrderKey { at: Timestamp(self.order_at), id: EventId(self.id) },
            question: QuestionId(self.question_id?),
            day: StudyDay(self.study_day),
            effect: self.effect()?,
            guess: self.guess,
            timing: Timing::stored(self.took_ms, self.ranked_as.as_deref()),
        })
    }

    fn effect(&self) -> Option<Effect> {
        effect_from(&self.effect, self.rating, self.evidence)
    }
}

/// An effect as it is stored.
pub(super) fn effect_from(kind: &str, rating: Option<i32>, evidence: Option<bool>) -> Option<Effect> {
    match kind {
        "reviewed" => {
            let rating = rating.and_then(|number| Rating::from_number(number as u8))?;
            Some(Effect::Reviewed { rating, evidence })
        }
        "practised" => Some(Effect::Practised { evidence }),
        "seen" => Some(Effect::Seen),
        "suspended" => Some(Effect::Suspended),
        "resumed" => Some(Effect::Resumed),
        "set_aside" => Some(Effect::SetAside),
        _ => None,
    }
}

const COLUMNS: [Column; 21] = [
    Column::uuid("learner_id"),
    Column::uuid("id"),
    Column::big_integer("seq"),
    Column::text("kind"),
    Column::text("course"),
    Column::uuid("question_id").or_null(),
    Column::integer("revision"),
    Column::uuid("voids").or_null(),
    Column::big_integer("order_at"),
    Column::integer("study_day"),
    Column::text("effect"),
    Column::integer("rating").or_null(),
    Column::boolean("evidence").or_null(),
    Column::real("guess"),
    Column::text("hash"),
    Column::text("raw"),
    Column::uuid("device_id").or_null(),
    Column::big_integer("received_at"),
    Column::uuid("regrades").or_null(),
    Column::integer("took_ms").or_null(),
    Column::text("ranked_as").or_null(),
];

/// The values of `COLUMNS`.
fn to_row(learner: LearnerId, event: &NewEvent) -> Row {
    let mut row = Facts::default();
    match &event.body {
        EventBody::Answer(answer) => {
            let kind = match answer.effect {
                Effect::Suspended => "suspend",
                Effect::Resumed => "resume",
                Effect::SetAside => "set_aside",
                Effect::Reviewed { .. } | Effect::Practised { .. } | Effect::Seen => "answer",
            };
            row = Facts::from_answer(kind, answer);
        }
        EventBody::Review(answer) => row = Facts::from_answer("review", answer),
        EventBody::Void(target) => row = Facts { voids: Some(*target), ..Facts::of("void", None) },
        EventBody::Regrade { target, question, effect } => {
            let facts = Facts::of("regrade", Some(*effect));
            row = Facts { question: Some(*question), regrades: Some(*target), ..facts };
        }
        EventBody::Refold => row.kind = "refold",
    }
    vec![
        learner.0.into(),
        event.id.0.into(),
        event.seq.into(),
        row.kind.into(),
        event.course.as_str().into(),
        row.question.map(|question| question.0).into(),
        event.revision.into(),
        row.voids.map(|target| target.0).into(),
        event.order_at.0.into(),
        row.day.into(),
        row.effect.into(),
        row.rating.into(),
        row.evidence.into(),
        row.guess.into(),
        (*event.hash).into(),
        (*event.raw).into(),
        event.device_id.into(),
        event.received_at.0.into(),
        row.regrades.map(|target| target.0).into(),
        row.timing.ms.into(),
        row.timing.ranked_as.into(),
    ]
}

/// What differs between kinds of events.
#[derive(Default)]
struct Facts {
    kind: &'static str,
    question: Option<QuestionId>,
    voids: Option<EventId>,
    regrades: Option<EventId>,
    day: i32,
    effect: &'static str,
    rating: Option<u8>,
    evidence: Option<bool>,
    guess: f64,
    timing: Timing,
}

impl Facts {
    fn of(kind: &'static str, effect: Option<Effect>) -> Self {
        let (effect, rating, evidence) = match effect {
            Some(Effect::Reviewed { rating, evidence }) => ("reviewed", Some(rating.number()), evidence),
            Some(Effect::Practised { evidence }) => ("practised", None, evidence),
            Some(Effect::Seen) => ("seen", None, None),
            Some(Effect::Suspended) => ("suspended", None, None),
            Some(Effect::Resumed) => ("resumed", None, None),
            Some(Effect::SetAside) => ("set_aside", None, None),
            None => ("", None, None),
        };
        Self { kind, effect, rating, evidence, ..Self::default() }
    }

    fn from_answer(kind: &'static str, answer: &Answer) -> Self {
        let Answer { question, day, guess, timing, .. } = *answer;
        Self { question: Some(question), day: day.0, guess, timing, ..Self::of(kind, Some(answer.effect)) }
    }
}
