//! Events of a learner's stream on the wire, written out as their devices sent them.
//!
//! A device may put into an event what we do not know, and a tree of it can take many times the memory of its text. So
//! a page is written event by event, and the text a device sent is passed on and not read again.

use super::{
    events::{Rating, StreamEventKind},
    sync::Changes,
    wire::At,
};
use crate::{
    domain::review::Effect,
    store::stream::{self, StreamEvent},
};
use poem::{IntoResponse, Response};
use poem_openapi::{
    ApiResponse, Object,
    payload::{Json, Payload},
    registry::{MetaSchemaRef, Registry},
    types::{Any, ToJSON, Type},
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event of the learner's stream.
#[derive(Object)]
#[oai(rename = "StreamEvent", skip_serializing_if_is_none)]
pub struct EventView {
    /// Its number in the stream: 1, 2, 3 … without gaps.
    seq: i64,
    id: Uuid,
    kind: StreamEventKind,
    /// Absent for a void whose answer has not come, and for `refold`.
    #[oai(validator(max_length = 64))]
    course: Option<String>,
    question: Option<Uuid>,
    /// The event it is about; of `void` and `regrade`.
    #[oai(rename = "ref")]
    target: Option<Uuid>,
    /// The corrected time that orders the log, then the id.
    order_at: At,
    /// The study day of an answer or of a word about being asked, in days since 1970-01-01.
    study_day: Option<i32>,
    /// What it says to the scheduler; absent where it says nothing, as for practice that went well.
    rating: Option<Rating>,
    /// What it says of mastery; absent where it is no evidence.
    correct: Option<bool>,
    /// The chance of guessing an answer right, 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    guess: Option<f64>,
    /// How long an answer took, if its device told.
    #[oai(validator(minimum(value = "0"), maximum(value = "86400000")))]
    duration_ms: Option<i32>,
    /// The type of the question, where the time of a right answer may make of `good` an `easy` or a `hard`. It is
    /// ranked among the learner's last 300 right answers of the same type and occasion.
    #[oai(validator(max_length = 40))]
    ranked_as: Option<String>,
    device_id: Option<Uuid>,
    received_at: At,
    /// The event as its device sent it.
    raw: Option<Any<serde_json::Value>>,
    /// What is written as `raw`, which itself is never filled.
    #[oai(skip)]
    sent: Option<Box<RawValue>>,
}

/// A page of changes, written event by event.
pub struct ChangesPage(pub Changes);

#[derive(ApiResponse)]
pub enum ChangesResponse {
    /// A page
    #[oai(status = 200)]
    Ok(ChangesPage),
}

impl Serialize for EventView {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(flatten)]
            event: Option<serde_json::Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            raw: Option<&'a RawValue>,
        }
        Written { event: self.to_json(), raw: self.sent.as_deref() }.serialize(writer)
    }
}

impl IntoResponse for ChangesPage {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Written {
            events: Vec<EventView>,
            #[serde(flatten)]
            rest: Option<serde_json::Map<String, serde_json::Value>>,
        }
        let mut page = self.0;
        let events = page.take_events();
        let rest = page.to_json().and_then(|page| match page {
            serde_json::Value::Object(mut page) => page.remove("events").map(|_none| page),
            _ => None,
        });
        poem::web::Json(Written { events, rest }).into_response()
    }
}

impl Payload for ChangesPage {
    const CONTENT_TYPE: &'static str = <Json<Changes> as Payload>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        Changes::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Changes::register(registry);
    }
}

impl From<StreamEvent> for EventView {
    fn from(event: StreamEvent) -> Self {
        let (rating, correct) = match event.effect {
            Some(Effect::Reviewed { rating, evidence }) => (Some(Rating::from(rating)), evidence),
            Some(Effect::Practised { evidence }) => (None, evidence),
            Some(Effect::Seen | Effect::Suspended | Effect::Resumed | Effect::SetAside) | None => (None, None),
        };
        let is_answer = matches!(event.kind, stream::Kind::Answer | stream::Kind::Review);
        let is_hold = matches!(event.kind, stream::Kind::Suspend | stream::Kind::Resume | stream::Kind::SetAside);
        let sent = is_answer || is_hold || event.kind == stream::Kind::Void;
        Self {
            seq: event.seq,
            id: event.id.0,
            kind: event.kind.into(),
            course: Some(event.course).filter(|course| !course.is_empty()),
            question: event.question.map(|question| question.0),
            target: event.target.map(|target| target.0),
            order_at: At(event.order_at),
            study_day: (is_answer || is_hold).then_some(event.day.0),
            rating,
            correct,
            guess: is_answer.then_some(event.guess),
            duration_ms: event.timing.ms.map(|ms| ms as i32),
            ranked_as: event.timing.ranked_as.map(str::to_owned),
            device_id: event.device_id,
            received_at: At(event.received_at),
            raw: None,
            sent: sent.then(|| RawValue::from_string(event.raw).ok()).flatten(),
        }
    }
}
