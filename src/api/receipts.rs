//! What the server says to a batch of events.

use super::{
    events::{Pair, Placement},
    mastery::Level,
    queue::Preview,
    wire::{At, exact, rounded},
};
use crate::{
    app::{self, Outcome},
    domain::question,
};
use poem_openapi::{Enum, Object, Union};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// What became of a batch.
#[derive(Object, Serialize)]
pub struct Receipt {
    /// One for each event, in the order they were sent.
    #[oai(validator(max_items = 500))]
    results: Vec<EventResult>,
    /// The life of this database; another one means it was restored: push the kept log again.
    #[oai(validator(max_length = 40))]
    epoch: String,
    /// The last number of the learner's stream.
    head: i64,
    /// Now, here: correct your clock by it.
    server_time: At,
    /// Cards this batch touched.
    #[oai(validator(max_items = 1000))]
    cards: Vec<Card>,
    /// Questions whose card is gone, because their last answer was taken back.
    #[oai(validator(max_items = 1000))]
    removed: Vec<Uuid>,
    /// Concepts this batch touched.
    #[oai(validator(max_items = 2000))]
    concepts: Vec<ConceptChange>,
}

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    Applied,
    /// Stored before; nothing changes. The mark is that of the same answer to the same revision.
    Duplicate,
    Rejected,
}

/// Why an event was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    Invalid,
    AskAgain,
    UnknownQuestion,
    IdReused,
    ClockAhead,
    UnsupportedVersion,
}

/// The result of one event.
#[derive(Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct EventResult {
    /// Absent where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    status: ResultStatus,
    /// Its number in the learner's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    /// For an answer that was applied or is a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
    /// For a rejected event.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<RejectionCode>,
    /// What is wrong and how to mend it.
    #[oai(validator(max_length = 1000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// JSON Pointer within the event.
    #[oai(validator(max_length = 500))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// Whether the same event may be accepted later.
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
}

/// The verdict on an answer.
#[derive(Object, Serialize)]
pub struct Mark {
    /// 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    score: f64,
    /// Whether it counts as right.
    correct: bool,
    /// False for what the learner judges himself.
    scored: bool,
    /// What the author says to this answer.
    #[oai(validator(max_items = 100))]
    feedback: Vec<Feedback>,
    /// Why the key is right. Markdown.
    #[oai(validator(max_length = 8000))]
    explanation: String,
    /// Where it stands.
    #[oai(validator(max_length = 4000))]
    source: String,
    key: Key,
}

/// What the author says to an answer or a part of it.
#[derive(Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct Feedback {
    /// The part, or the number of the gap from 1; absent for the answer as a whole.
    #[oai(validator(max_length = 40))]
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    /// Whether the learner was right here; absent on a right part he left out and where nothing is right or wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    correct: Option<bool>,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    text: String,
}

/// What would have been right.
#[derive(Union, Serialize)]
#[oai(one_of, discriminator_name = "kind", rename_all = "snake_case")]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Key {
    Choice(ChoiceKey),
    Text(TextKey),
    Number(NumberKey),
    Gaps(GapsKey),
    Pairs(PairsKey),
    Order(OrderKey),
    Placements(PlacementsKey),
    Model(ModelKey),
    Nothing(NothingKey),
}

/// Ids of the right options.
#[derive(Object, Serialize)]
pub struct ChoiceKey {
    #[oai(validator(max_items = 12))]
    options: Vec<String>,
}

/// Accepted answers, the one to show first.
#[derive(Object, Serialize)]
pub struct TextKey {
    #[oai(validator(max_items = 100))]
    accept: Vec<String>,
}

/// The number.
#[derive(Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct NumberKey {
    /// A decimal, written out so that no digit is lost.
    #[oai(validator(max_length = 40))]
    answer: String,
    #[oai(validator(max_length = 40))]
    tolerance: String,
    #[oai(validator(max_length = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

/// Accepted answers of each gap, the one to show first.
#[derive(Object, Serialize)]
pub struct GapsKey {
    #[oai(validator(max_items = 20))]
    gaps: Vec<Vec<String>>,
}

/// The right pairs.
#[derive(Object, Serialize)]
pub struct PairsKey {
    #[oai(validator(max_items = 20))]
    pairs: Vec<Pair>,
}

/// The right order.
#[derive(Object, Serialize)]
pub struct OrderKey {
    #[oai(validator(max_items = 20))]
    items: Vec<String>,
}

/// The right category of each item.
#[derive(Object, Serialize)]
pub struct PlacementsKey {
    #[oai(validator(max_items = 40))]
    placements: Vec<Placement>,
}

/// A model answer to compare with.
#[derive(Object, Serialize)]
pub struct ModelKey {
    /// Markdown.
    #[oai(validator(max_length = 8000))]
    text: String,
    /// What a good answer holds.
    #[oai(validator(max_items = 50))]
    criteria: Vec<String>,
}

/// There is nothing to know.
#[derive(Object, Serialize)]
pub struct NothingKey {
    /// Always false.
    scored: bool,
}

/// Where a card stands, for an offline client to go on from.
#[derive(Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct Card {
    question: Uuid,
    /// The stream's head when it last changed.
    version: i64,
    /// FSRS stability in days; a 32-bit float in the shortest form that reads back the same.
    stability: f64,
    /// FSRS difficulty, 1 to 10; a 32-bit float likewise.
    difficulty: f64,
    last_review: At,
    due: At,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    reps: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    lapses: i32,
    /// It was forgotten eight times or more: learn it in another way than by being asked again.
    leech: bool,
    /// The learner does not want to be asked; the due date waits.
    suspended: bool,
    /// Not to be asked before; absent unless it was set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_aside_until: Option<At>,
    preview: Preview,
}

/// What a batch did to a concept.
#[derive(Object, Serialize)]
pub struct ConceptChange {
    #[oai(validator(max_length = 64))]
    course: String,
    /// Its slug, unique within the course.
    #[oai(validator(max_length = 64))]
    concept: String,
    level: Level,
    /// The level before; of two batches that were written together, the level before both.
    was: Level,
    /// The share of the concept's questions the learner knows now, 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    p: f64,
    /// Lower end of the 90 % interval.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    low: f64,
    /// Upper end.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    high: f64,
}

impl From<app::Receipt> for Receipt {
    fn from(receipt: app::Receipt) -> Self {
        Self {
            results: receipt.outcomes.into_iter().map(EventResult::from).collect(),
            epoch: receipt.epoch,
            head: receipt.head,
            server_time: At(receipt.server_time),
            cards: receipt.cards.into_iter().map(Card::from).collect(),
            removed: receipt.removed.into_iter().map(|question| question.0).collect(),
            concepts: receipt.concepts.into_iter().map(ConceptChange::from).collect(),
        }
    }
}

impl From<Outcome> for EventResult {
    fn from(outcome: Outcome) -> Self {
        let empty = Self {
            id: None,
            status: ResultStatus::Rejected,
            seq: None,
            mark: None,
            code: None,
            detail: None,
            pointer: None,
            retryable: None,
        };
        match outcome {
            Outcome::Applied { id, seq, mark } => {
                let mark = mark.map(|mark| Arc::unwrap_or_clone(mark).into());
                Self { id: Some(id.0), status: ResultStatus::Applied, seq: Some(seq), mark, ..empty }
            }
            Outcome::Duplicate { id, seq, mark } => {
                let mark = mark.map(|mark| Arc::unwrap_or_clone(mark).into());
                Self { id: Some(id.0), status: ResultStatus::Duplicate, seq: Some(seq), mark, ..empty }
            }
            Outcome::Rejected { id, rejection } => Self {
                id: id.map(|id| id.0),
                code: Some(rejection.code.into()),
                detail: Some(rejection.detail),
                pointer: rejection.pointer,
                retryable: Some(rejection.code.is_retryable()),
                ..empty
            },
        }
    }
}

impl From<app::RejectionCode> for RejectionCode {
    fn from(code: app::RejectionCode) -> Self {
        match code {
            app::RejectionCode::Invalid => Self::Invalid,
            app::RejectionCode::AskAgain => Self::AskAgain,
            app::RejectionCode::UnknownQuestion => Self::UnknownQuestion,
            app::RejectionCode::IdReused => Self::IdReused,
            app::RejectionCode::ClockAhead => Self::ClockAhead,
            app::RejectionCode::UnsupportedVersion => Self::UnsupportedVersion,
        }
    }
}

impl From<app::Mark> for Mark {
    fn from(mark: app::Mark) -> Self {
        let feedback = |said: question::Feedback| Feedback { part: said.part, correct: said.correct, text: said.text };
        Self {
            score: rounded(mark.score),
            correct: mark.correct,
            scored: mark.scored,
            feedback: mark.feedback.into_iter().map(feedback).collect(),
            explanation: mark.explanation,
            source: mark.source,
            key: mark.key.into(),
        }
    }
}

impl From<question::Key> for Key {
    fn from(key: question::Key) -> Self {
        match key {
            question::Key::Choice { options } => Self::Choice(ChoiceKey { options }),
            question::Key::Text { accept } => Self::Text(TextKey { accept }),
            question::Key::Number { answer, tolerance, unit, .. } => {
                Self::Number(NumberKey { answer: answer.to_string(), tolerance: tolerance.to_string(), unit })
            }
            question::Key::Gaps { gaps } => Self::Gaps(GapsKey { gaps }),
            question::Key::Pairs { pairs } => {
                let pair = |pair: question::PairChoice| Pair { left: pair.left, right: pair.right };
                Self::Pairs(PairsKey { pairs: pairs.into_iter().map(pair).collect() })
            }
            question::Key::Order { items } => Self::Order(OrderKey { items }),
            question::Key::Placements { placements } => {
                let place = |place: question::Placement| Placement { item: place.item, category: place.category };
                Self::Placements(PlacementsKey { placements: placements.into_iter().map(place).collect() })
            }
            question::Key::Model { text, criteria } => Self::Model(ModelKey { text, criteria }),
            question::Key::Nothing => Self::Nothing(NothingKey { scored: false }),
        }
    }
}

impl From<app::CardView> for Card {
    fn from(card: app::CardView) -> Self {
        Self {
            question: card.question.0,
            version: card.version,
            stability: exact(card.stability),
            difficulty: exact(card.difficulty),
            last_review: At(card.last_review),
            due: At(card.due),
            reps: card.reps as i32,
            lapses: card.lapses as i32,
            leech: card.leech,
            suspended: card.suspended,
            set_aside_until: card.set_aside_until.map(At),
            preview: card.preview.into(),
        }
    }
}

impl From<app::ConceptChange> for ConceptChange {
    fn from(change: app::ConceptChange) -> Self {
        Self {
            course: change.course,
            concept: change.concept,
            level: change.level.into(),
            was: change.was.into(),
            p: rounded(change.p),
            low: rounded(change.low),
            high: rounded(change.high),
        }
    }
}
