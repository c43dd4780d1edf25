//! Answers in, marks out: the one way a learner's state changes.
//!
//! The envelope is read strictly; each event is read on its own, so that a fault in one is its own result. Events
//! are kept as they came, unknown fields included.

use super::{
    Tag,
    auth::Signed,
    body::{Body, data_fault, present, read_as},
    events::{AnswerEvent, HoldEvent, RawEvent, ReviewEvent, VoidEvent, at_most_500},
    receipts::Receipt,
    written::Written,
};
use crate::{
    app::{App, Event, EventKind, Hold, Rejection, RejectionCode, Strict, Submission, Submitted, Took},
    vocab::{
        id::{EventId, QuestionId},
        time::Timestamp,
    },
};
use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use uuid::Uuid;

pub struct Answers;

/// What a device has to tell since it was last heard.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AnswerBatch {
    /// The device; the same in every batch.
    #[serde(default, deserialize_with = "present")]
    device_id: Option<Uuid>,
    /// The device's clock when it sent the batch; RFC 3339.
    #[oai(validator(max_length = 40))]
    #[serde(default, deserialize_with = "present")]
    sent_at: Option<String>,
    #[serde(default, deserialize_with = "present")]
    client: Option<Client>,
    /// In any order; at most 500.
    #[oai(validator(max_items = 500))]
    #[serde(deserialize_with = "at_most_500")]
    events: Vec<RawEvent>,
}

/// The program that sends.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Client {
    #[oai(validator(max_length = 100))]
    app: String,
    #[oai(validator(max_length = 100))]
    version: String,
}

/// A response is a few hundred bytes; this bounds what one event may cost to store.
const MAX_EVENT_BYTES: usize = 16 * 1024;
/// A day: an answer that took longer was not being given all that time.
const MAX_DURATION_MS: u32 = 86_400_000;
/// Ten years: a clock that was never set is still corrected.
const MAX_CLOCK_OFFSET_MS: u64 = 10 * 366 * 86_400_000;

#[OpenApi]
impl Answers {
    /// Record answers
    ///
    /// One answer or five hundred, from now or from a week offline. Every event is stored before this answers, and an
    /// event sent again changes nothing and brings its mark again: after a lost answer, send the same batch.
    /// The order of arrival does not matter. A faulty event is `rejected` with its reason; its neighbours are applied.
    /// `cards` and `concepts` are those the batch touched.
    #[oai(path = "/v1/answers", method = "post", operation_id = "recordAnswers", tag = "Tag::Study")]
    async fn record_answers(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        body: Body<AnswerBatch>,
    ) -> poem::Result<Written<Receipt>> {
        let batch = body.0;
        let events = batch.events.into_iter().map(|event| read(event.0)).collect();
        let submission = Submission { learner: caller.0.learner, device_id: batch.device_id, events };
        Ok(Written(app.record(submission).await?.into()))
    }
}

/// Reads one event; whatever is wrong with it stays with it.
pub fn read(raw: Box<RawValue>) -> Submitted {
    let text = raw.get();
    match strict(text) {
        Ok(value) => {
            let id = value.get("id").and_then(Strict::as_str).and_then(|id| Uuid::parse_str(id).ok()).map(EventId);
            let (hash, event) = (value.digest(), read_event(&value, text));
            Submitted { id, hash, raw: Box::<str>::from(raw).into(), event }
        }
        Err(rejection) => Submitted { id: id_of(text), hash: String::new(), raw: String::new(), event: Err(rejection) },
    }
}

/// The event as a value, if it is small enough to be looked at and can be read in one way only.
fn strict(text: &str) -> Result<Strict<'_>, Rejection> {
    if text.len() > MAX_EVENT_BYTES {
        return Err(Rejection::at("", format!("an event holds at most {MAX_EVENT_BYTES} bytes")));
    }
    typed(text)
}

/// The id of an event that cannot be read as a whole, so that its rejection can name it.
fn id_of(text: &str) -> Option<EventId> {
    #[derive(Deserialize)]
    struct Named {
        id: Uuid,
    }
    serde_json::from_str::<Named>(text).ok().map(|named| EventId(named.id))
}

fn read_event(value: &Strict<'_>, text: &str) -> Result<Event, Rejection> {
    if value.get("v").is_some_and(|v| v.as_i64() != Some(1)) {
        return Err(Rejection::new(RejectionCode::UnsupportedVersion, "this server knows events of version 1"));
    }
    match value.get("kind").and_then(Strict::as_str) {
        Some("answer") => answer(typed(text)?),
        Some("review") => review(typed(text)?),
        Some("void") => void(typed(text)?),
        Some("suspend") => hold(typed(text)?, Hold::Suspend),
        Some("resume") => hold(typed(text)?, Hold::Resume),
        Some("set_aside") => hold(typed(text)?, Hold::SetAside),
        _ => Err(Rejection::at("/kind", "use `answer`, `review`, `void`, `suspend`, `resume` or `set_aside`")),
    }
}

fn answer(event: AnswerEvent) -> Result<Event, Rejection> {
    let order_at = order_at(&event.answered_at, event.clock_offset_ms)?;
    check_utc_offset(event.utc_offset_min)?;
    check_duration(event.duration_ms)?;
    let kind = EventKind::Answer {
        question: QuestionId(event.question),
        revision: event.revision,
        utc_offset_min: event.utc_offset_min,
        took: Took { ms: event.duration_ms, left_app: event.left_app.unwrap_or(false) },
        hints: event.hints.unwrap_or(0),
        practice: event.practice.unwrap_or(false),
        response: event.response.0,
    };
    Ok(Event { id: EventId(event.id), order_at, kind })
}

fn review(event: ReviewEvent) -> Result<Event, Rejection> {
    let order_at = order_at(&event.answered_at, event.clock_offset_ms)?;
    check_utc_offset(event.utc_offset_min)?;
    check_duration(event.duration_ms)?;
    let kind = EventKind::Review {
        question: QuestionId(event.question),
        utc_offset_min: event.utc_offset_min,
        took_ms: event.duration_ms,
        rating: event.rating,
    };
    Ok(Event { id: EventId(event.id), order_at, kind })
}

fn check_duration(ms: Option<u32>) -> Result<(), Rejection> {
    if ms.is_some_and(|ms| ms > MAX_DURATION_MS) {
        return Err(Rejection::at("/duration_ms", "use milliseconds, at most a day"));
    }
    Ok(())
}

fn hold(event: HoldEvent, hold: Hold) -> Result<Event, Rejection> {
    let order_at = order_at(&event.answered_at, event.clock_offset_ms)?;
    check_utc_offset(event.utc_offset_min)?;
    let (question, utc_offset_min) = (QuestionId(event.question), event.utc_offset_min);
    Ok(Event { id: EventId(event.id), order_at, kind: EventKind::Hold { question, utc_offset_min, hold } })
}

fn check_utc_offset(minutes: Option<i16>) -> Result<(), Rejection> {
    if minutes.is_some_and(|minutes| !(-1080..=1080).contains(&minutes)) {
        return Err(Rejection::at("/utc_offset_min", "use minutes east of UTC, -1080 to 1080"));
    }
    Ok(())
}

fn void(event: VoidEvent) -> Result<Event, Rejection> {
    if event.id == event.target {
        return Err(Rejection::at("/ref", "an event cannot take itself back"));
    }
    let order_at = order_at(&event.answered_at, event.clock_offset_ms)?;
    Ok(Event { id: EventId(event.id), order_at, kind: EventKind::Void { target: EventId(event.target) } })
}

/// The corrected instant, frozen by the device: its clock plus what it knew of the clock's error.
fn order_at(answered_at: &str, clock_offset_ms: Option<i64>) -> Result<Timestamp, Rejection> {
    let at = Timestamp::parse(answered_at).ok_or_else(|| Rejection::at("/answered_at", "use an RFC 3339 instant"))?;
    let offset = clock_offset_ms.unwrap_or(0);
    if offset.unsigned_abs() > MAX_CLOCK_OFFSET_MS {
        return Err(Rejection::at("/clock_offset_ms", "use milliseconds, at most ten years"));
    }
    let at = at.plus_ms(offset);
    if at < Timestamp(0) {
        return Err(Rejection::at("/answered_at", "the answer lies before 1970; check the device's clock"));
    }
    Ok(at)
}

fn typed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Rejection> {
    read_as(text.as_bytes()).map_err(|(path, cause)| {
        let fault = data_fault(&path, &cause.to_string());
        Rejection::at(fault.pointer, fault.detail)
    })
}
