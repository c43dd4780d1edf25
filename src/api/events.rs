//! Events as devices write them. Unknown fields are kept, so that a newer client loses nothing at an older server.
//!
//! The structs for reading are serde's; their twins for the specification are the framework's, because an event
//! that cannot be read must not fail its batch.

use crate::{domain::question::Response, store::stream, vocab::grade};
use poem_openapi::{
    Enum, Object, Union,
    registry::{MetaSchemaRef, Registry},
    types::{ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use uuid::Uuid;

const MAX_EVENTS: usize = 500;

/// One event, unread.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct RawEvent(pub Box<RawValue>);

/// Reads events until there are more than a batch may hold. A megabyte has room for half a million, each of which
/// would be copied before somebody counts.
pub(super) fn at_most_500<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<RawEvent>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<RawEvent>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_EVENTS} events")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            let mut events = Vec::new();
            while let Some(event) = elements.next_element()? {
                if events.len() == MAX_EVENTS {
                    return Err(A::Error::invalid_length(MAX_EVENTS + 1, &self));
                }
                events.push(event);
            }
            Ok(events)
        }
    }

    reader.deserialize_seq(Few)
}

/// A response, read by the domain's own words.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ReadResponse(pub Response);

#[derive(Deserialize)]
pub(super) struct AnswerEvent {
    pub id: Uuid,
    pub question: Uuid,
    pub revision: i32,
    pub answered_at: String,
    pub clock_offset_ms: Option<i64>,
    pub utc_offset_min: Option<i16>,
    pub duration_ms: Option<u32>,
    pub left_app: Option<bool>,
    pub hints: Option<u8>,
    pub practice: Option<bool>,
    pub response: ReadResponse,
}

#[derive(Deserialize)]
pub(super) struct ReviewEvent {
    pub id: Uuid,
    pub question: Uuid,
    pub answered_at: String,
    pub clock_offset_ms: Option<i64>,
    pub utc_offset_min: Option<i16>,
    pub duration_ms: Option<u32>,
    pub rating: grade::Rating,
}

#[derive(Deserialize)]
pub(super) struct VoidEvent {
    pub id: Uuid,
    #[serde(rename = "ref")]
    pub target: Uuid,
    pub answered_at: String,
    pub clock_offset_ms: Option<i64>,
}

/// `suspend`, `resume` and `set_aside`.
#[derive(Deserialize)]
pub(super) struct HoldEvent {
    pub id: Uuid,
    pub question: Uuid,
    pub answered_at: String,
    pub clock_offset_ms: Option<i64>,
    pub utc_offset_min: Option<i16>,
}

/// Something that happened on a device. Immutable; stored on the device before its result is shown.
#[derive(Union)]
#[oai(one_of, discriminator_name = "kind", rename_all = "snake_case", rename = "Event")]
pub enum EventDoc {
    Answer(AnswerDoc),
    Review(ReviewDoc),
    Void(VoidDoc),
    Suspend(SuspendDoc),
    Resume(ResumeDoc),
    SetAside(SetAsideDoc),
}

/// An answer.
#[derive(Object)]
#[oai(rename = "AnswerEvent", skip_serializing_if_is_none)]
pub struct AnswerDoc {
    /// Chosen by the device, UUIDv7; unique among the learner's events.
    id: Uuid,
    /// The version of this shape: 1.
    #[oai(validator(minimum(value = "1"), maximum(value = "1")))]
    v: i32,
    /// `id` of the question.
    question: Uuid,
    /// `revision` of the question.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    revision: i32,
    /// The device's clock when the learner answered; RFC 3339.
    #[oai(validator(max_length = 40))]
    answered_at: String,
    /// What the device believed its clock lacked, in milliseconds: `server_time` minus its own clock.
    #[oai(validator(minimum(value = "-316224000000"), maximum(value = "316224000000")))]
    clock_offset_ms: Option<i64>,
    /// Minutes east of UTC where the learner was; decides his study day.
    #[oai(validator(minimum(value = "-1080"), maximum(value = "1080")))]
    utc_offset_min: Option<i32>,
    /// From shown to answered, without time in the background.
    #[oai(validator(minimum(value = "0"), maximum(value = "86400000")))]
    duration_ms: Option<i32>,
    /// The app was in the background meanwhile: the time then says nothing about how well the answer was known.
    left_app: Option<bool>,
    /// How many hints were opened.
    #[oai(validator(minimum(value = "0"), maximum(value = "255")))]
    hints: Option<i32>,
    /// From a practice session: a right answer does not move the schedule.
    practice: Option<bool>,
    response: ResponseDoc,
}

/// A review that was made elsewhere: the learner turned a card of another program and rated himself. It schedules the
/// question by his rating and is no evidence of mastery. It may be years old.
#[derive(Object)]
#[oai(rename = "ReviewEvent", skip_serializing_if_is_none)]
pub struct ReviewDoc {
    /// Made from what names the review where it came from, so that it counts once however often it is sent.
    id: Uuid,
    /// The version of this shape: 1.
    #[oai(validator(minimum(value = "1"), maximum(value = "1")))]
    v: i32,
    /// `id` of the question.
    question: Uuid,
    /// When the review was made; RFC 3339.
    #[oai(validator(max_length = 40))]
    answered_at: String,
    /// As in an answer.
    #[oai(validator(minimum(value = "-316224000000"), maximum(value = "316224000000")))]
    clock_offset_ms: Option<i64>,
    /// As in an answer; without it the day follows the time zone of the learner's enrolment.
    #[oai(validator(minimum(value = "-1080"), maximum(value = "1080")))]
    utc_offset_min: Option<i32>,
    /// From shown to rated.
    #[oai(validator(minimum(value = "0"), maximum(value = "86400000")))]
    duration_ms: Option<i32>,
    rating: Rating,
    /// Where it was made, such as `anki`; for the client's own use.
    #[oai(validator(max_length = 40))]
    source: Option<String>,
}

/// Takes an earlier event back, on whatever device it was made; it may arrive before its target.
#[derive(Object)]
#[oai(rename = "VoidEvent", skip_serializing_if_is_none)]
pub struct VoidDoc {
    /// Chosen by the device, UUIDv7.
    id: Uuid,
    /// The version of this shape: 1.
    #[oai(validator(minimum(value = "1"), maximum(value = "1")))]
    v: i32,
    /// `id` of the event to take back.
    #[oai(rename = "ref")]
    target: Uuid,
    /// The device's clock; RFC 3339.
    #[oai(validator(max_length = 40))]
    answered_at: String,
    /// As in an answer.
    #[oai(validator(minimum(value = "-316224000000"), maximum(value = "316224000000")))]
    clock_offset_ms: Option<i64>,
}

macro_rules! hold {
    ($(#[$doc:meta])* $name:ident, $published:literal) => {
        $(#[$doc])*
        #[derive(Object)]
        #[oai(rename = $published, skip_serializing_if_is_none)]
        pub struct $name {
            /// Chosen by the device, UUIDv7.
            id: Uuid,
            /// The version of this shape: 1.
            #[oai(validator(minimum(value = "1"), maximum(value = "1")))]
            v: i32,
            /// `id` of the question.
            question: Uuid,
            /// The device's clock; RFC 3339.
            #[oai(validator(max_length = 40))]
            answered_at: String,
            /// As in an answer.
            #[oai(validator(minimum(value = "-316224000000"), maximum(value = "316224000000")))]
            clock_offset_ms: Option<i64>,
            /// As in an answer.
            #[oai(validator(minimum(value = "-1080"), maximum(value = "1080")))]
            utc_offset_min: Option<i32>,
        }
    };
}

hold!(
    /// The question is not to be asked until it is resumed, whether it was met or not. It keeps its schedule.
    SuspendDoc,
    "SuspendEvent"
);
hold!(
    /// The question may be asked again.
    ResumeDoc,
    "ResumeEvent"
);
hold!(
    /// The question is not to be asked before the next study day.
    SetAsideDoc,
    "SetAsideEvent"
);

/// What the learner answered, by the kind of the question's body.
#[derive(Union)]
#[oai(one_of, discriminator_name = "kind", rename_all = "snake_case", rename = "Response")]
pub enum ResponseDoc {
    Choice(ChoiceResponse),
    Text(TextResponse),
    Number(NumberResponse),
    Gaps(GapsResponse),
    Pairs(PairsResponse),
    Order(OrderResponse),
    Placements(PlacementsResponse),
    SelfRating(SelfRatingResponse),
    Seen(SeenResponse),
    Reveal(RevealResponse),
}

/// Chosen options; none is a wrong answer.
#[derive(Object)]
pub struct ChoiceResponse {
    #[oai(validator(max_items = 12))]
    options: Vec<String>,
}

/// A word or phrase.
#[derive(Object)]
pub struct TextResponse {
    #[oai(validator(max_length = 4000))]
    text: String,
}

/// A number as typed, such as `1 000,5`. If it can be read in two ways it is rejected with `ask_again`.
#[derive(Object)]
pub struct NumberResponse {
    #[oai(validator(max_length = 100))]
    text: String,
}

/// One text for each gap in order; an empty one was left open.
#[derive(Object)]
pub struct GapsResponse {
    #[oai(validator(max_items = 20))]
    gaps: Vec<String>,
}

/// Pairs of a left and a right side.
#[derive(Object)]
pub struct PairsResponse {
    #[oai(validator(max_items = 20))]
    pairs: Vec<Pair>,
}

/// A left side and the right side it was given.
#[derive(Object, Serialize)]
pub struct Pair {
    #[oai(validator(max_length = 40))]
    pub left: String,
    #[oai(validator(max_length = 40))]
    pub right: String,
}

/// The ids of all items, first to last.
#[derive(Object)]
pub struct OrderResponse {
    #[oai(validator(max_items = 20))]
    items: Vec<String>,
}

/// Items with the category each was put in.
#[derive(Object)]
pub struct PlacementsResponse {
    #[oai(validator(max_items = 40))]
    placements: Vec<Placement>,
}

/// An item and its category.
#[derive(Object, Serialize)]
pub struct Placement {
    #[oai(validator(max_length = 40))]
    pub item: String,
    #[oai(validator(max_length = 40))]
    pub category: String,
}

/// For a flashcard or a reflection: the learner's own verdict.
#[derive(Object)]
pub struct SelfRatingResponse {
    rating: Rating,
}

/// How well it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Rating {
    Again,
    Hard,
    Good,
    Easy,
}

impl From<grade::Rating> for Rating {
    fn from(rating: grade::Rating) -> Self {
        match rating {
            grade::Rating::Again => Self::Again,
            grade::Rating::Hard => Self::Hard,
            grade::Rating::Good => Self::Good,
            grade::Rating::Easy => Self::Easy,
        }
    }
}

/// For a page: it was read. `pages` is for the client's own use.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SeenResponse {
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    pages: Option<i32>,
}

/// For any question: the learner asked for the answer without trying. Counts as forgotten. `reason` is for the client's
/// own use.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RevealResponse {
    #[oai(validator(max_length = 100))]
    reason: Option<String>,
}

/// What an event of the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StreamEventKind {
    Answer,
    /// A review made elsewhere, rated by the learner himself.
    Review,
    /// Takes the event `ref` back.
    Void,
    /// The question is not to be asked until it is resumed.
    Suspend,
    /// The question may be asked again.
    Resume,
    /// The question is not to be asked before the next study day.
    SetAside,
    /// The server graded the answer `ref` anew, because the key of its question was wrong.
    Regrade,
    /// Cards changed without an answer: other settings, a newer course, a merge.
    Refold,
}

impl From<stream::Kind> for StreamEventKind {
    fn from(kind: stream::Kind) -> Self {
        match kind {
            stream::Kind::Answer => Self::Answer,
            stream::Kind::Review => Self::Review,
            stream::Kind::Void => Self::Void,
            stream::Kind::Suspend => Self::Suspend,
            stream::Kind::Resume => Self::Resume,
            stream::Kind::SetAside => Self::SetAside,
            stream::Kind::Regrade => Self::Regrade,
            stream::Kind::Refold => Self::Refold,
        }
    }
}

impl Type for RawEvent {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        EventDoc::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        EventDoc::schema_ref()
    }

    fn register(registry: &mut Registry) {
        EventDoc::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

/// Only the object that holds events asks for these two; bodies are read by serde.
impl ParseFromJSON for RawEvent {
    fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
        let raw = serde_json::value::to_raw_value(&value).map_err(poem_openapi::types::ParseError::custom)?;
        Ok(Self(raw))
    }
}

impl ToJSON for RawEvent {
    fn to_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.0.get()).ok()
    }
}
