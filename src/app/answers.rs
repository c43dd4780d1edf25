//! Answers: what a device may say, and what each event is worth before it is stored.
//!
//! A fault of one event is its own result; it never touches its neighbours.

use super::{App, CardView, Catalogue, CourseContent, Entry, Result};
use crate::{
    domain::{
        grading::{self, Conduct},
        mastery::Level,
        question::{self, Body, Feedback, Key, MarkFault, Question, Response},
        review::{Effect, Timing},
    },
    vocab::{
        grade::Rating,
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use num_rational::Ratio;
use std::sync::Arc;
use uuid::Uuid;

/// A batch from one device.
pub struct Submission {
    pub learner: LearnerId,
    pub device_id: Option<Uuid>,
    pub events: Vec<Submitted>,
}

/// One event as it came: read, or refused on sight.
pub struct Submitted {
    /// `None` if not even the id could be read.
    pub id: Option<EventId>,
    /// [`Strict::digest`](super::Strict::digest) of it: the same event has the same.
    pub hash: String,
    pub raw: String,
    pub event: std::result::Result<Event, Rejection>,
}

/// An event that could be read.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: EventId,
    /// The corrected time of answering, by which the log is ordered.
    pub order_at: Timestamp,
    pub kind: EventKind,
}

#[derive(Debug, Clone)]
pub enum EventKind {
    Answer {
        question: QuestionId,
        revision: i32,
        utc_offset_min: Option<i16>,
        took: Took,
        hints: u8,
        practice: bool,
        response: Response,
    },
    /// A review that was made elsewhere, with a card the learner turned himself.
    Review { question: QuestionId, utc_offset_min: Option<i16>, took_ms: Option<u32>, rating: Rating },
    /// Takes an earlier event back.
    Void { target: EventId },
    /// Whether a question is to be asked.
    Hold { question: QuestionId, utc_offset_min: Option<i16>, hold: Hold },
}

/// How long an answer took, as the device tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Took {
    /// In the foreground.
    pub ms: Option<u32>,
    /// The app was in the background meanwhile.
    pub left_app: bool,
}

/// What a learner says about being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    Suspend,
    Resume,
    SetAside,
}

/// Why an event was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub code: RejectionCode,
    /// What is wrong and how to mend it.
    pub detail: String,
    /// JSON Pointer within the event.
    pub pointer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionCode {
    Invalid,
    AskAgain,
    UnknownQuestion,
    IdReused,
    ClockAhead,
    UnsupportedVersion,
}

/// What became of one event.
#[derive(Debug, Clone)]
pub enum Outcome {
    Applied {
        id: EventId,
        seq: i64,
        mark: Option<Arc<Mark>>,
    },
    /// It was stored before; the answer is marked again, against the revision it was given to.
    Duplicate {
        id: EventId,
        seq: i64,
        mark: Option<Arc<Mark>>,
    },
    Rejected {
        id: Option<EventId>,
        rejection: Rejection,
    },
}

/// The verdict as the learner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// 0 to 1.
    pub score: f64,
    pub correct: bool,
    pub scored: bool,
    pub feedback: Vec<Feedback>,
    pub explanation: String,
    pub source: String,
    pub key: Key,
}

/// What the server knows after a batch.
pub struct Receipt {
    pub outcomes: Vec<Outcome>,
    pub epoch: String,
    /// The last number of the learner's stream.
    pub head: i64,
    pub server_time: Timestamp,
    pub cards: Vec<CardView>,
    /// Questions whose card is gone, because their last answer was taken back.
    pub removed: Vec<QuestionId>,
    pub concepts: Vec<ConceptChange>,
}

/// A concept after a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptChange {
    pub course: String,
    /// Unique within the course.
    pub concept: String,
    pub level: Level,
    pub was: Level,
    pub p: f64,
    pub low: f64,
    pub high: f64,
}

/// A batch that is ready to be written: read and marked, in the caller's own time and not the writer's.
pub(super) struct Prepared {
    /// The courses it was marked by.
    pub catalogue: Arc<Catalogue>,
    pub learner: LearnerId,
    pub device_id: Option<Uuid>,
    pub events: Vec<PreparedEvent>,
}

/// One event, as far as it can be judged without the learner's rows.
pub(super) struct PreparedEvent {
    pub id: Option<EventId>,
    pub hash: Arc<str>,
    pub raw: Arc<str>,
    pub readable: std::result::Result<Readable, Rejection>,
}

/// An event whose id and time could be read.
pub(super) struct Readable {
    pub id: EventId,
    pub order_at: Timestamp,
    pub kind: EventKind,
    pub content: std::result::Result<Content, Rejection>,
}

impl Prepared {
    /// Marks everything again, by other courses.
    pub(super) fn mark_again(&mut self, catalogue: &Arc<Catalogue>) {
        self.catalogue = Arc::clone(catalogue);
        for event in &mut self.events {
            if let Ok(readable) = &mut event.readable {
                readable.content = content(catalogue, &readable.kind);
            }
        }
    }
}

/// What it says.
pub(super) enum Content {
    Answer(Box<Marked>),
    Void(EventId),
}

/// An answer with its mark, or a word about being asked, which has none. Only the study day is open, which the
/// learner's own settings decide.
pub(super) struct Marked {
    pub course: Arc<CourseContent>,
    pub question: QuestionId,
    pub revision: i32,
    pub utc_offset_min: Option<i16>,
    pub effect: Effect,
    pub guess: f64,
    pub timing: Timing,
    /// A review the learner made and rated elsewhere.
    pub is_elsewhere: bool,
    pub mark: Option<Arc<Mark>>,
}

/// A clock may run this far ahead of the server's.
const CLOCK_SLACK_MS: i64 = 5 * 60 * 1000;

impl App {
    /// Stores a batch. Once it is with the writer the work is not the connection's: a client that hangs up has still
    /// been heard.
    pub async fn record(&self, submission: Submission) -> Result<Receipt> {
        self.know_questions(&submission).await?;
        let prepared = prepare(self.catalogue(), submission);
        Ok(self.receipt(self.writer.write(prepared).await?))
    }

    /// A question this instance does not know may have been loaded by another one a moment ago.
    async fn know_questions(&self, submission: &Submission) -> Result<()> {
        let catalogue = self.catalogue();
        let unknown = |submitted: &Submitted| match &submitted.event {
            Ok(Event { kind: EventKind::Answer { question, revision, .. }, .. }) => {
                catalogue.course_of(*question).is_none_or(|course| course.revision(*question, *revision).is_none())
            }
            Ok(Event { kind: EventKind::Hold { question, .. } | EventKind::Review { question, .. }, .. }) => {
                catalogue.course_of(*question).is_none()
            }
            _ => false,
        };
        if submission.events.iter().any(unknown) {
            self.refresh_catalogue().await?;
        }
        Ok(())
    }
}

/// A time that lies in the future by more than a clock's error.
pub(super) fn check_time(order_at: Timestamp, now: Timestamp) -> std::result::Result<(), Rejection> {
    if order_at > now.plus_ms(CLOCK_SLACK_MS) {
        let detail = "the answer lies in the future; compare your clock with server_time, send clock_offset_ms, retry";
        return Err(Rejection::new(RejectionCode::ClockAhead, detail));
    }
    Ok(())
}

/// Marks what can be marked.
fn prepare(catalogue: Arc<Catalogue>, submission: Submission) -> Prepared {
    let event = |submitted: Submitted| PreparedEvent {
        id: submitted.id,
        hash: submitted.hash.into(),
        raw: submitted.raw.into(),
        readable: submitted.event.map(|event| Readable {
            id: event.id,
            order_at: event.order_at,
            content: content(&catalogue, &event.kind),
            kind: event.kind,
        }),
    };
    let events = submission.events.into_iter().map(event).collect();
    Prepared { catalogue, learner: submission.learner, device_id: submission.device_id, events }
}

fn content(catalogue: &Catalogue, kind: &EventKind) -> std::result::Result<Content, Rejection> {
    let (id, revision, utc_offset_min, (took, conduct), response) = match kind {
        EventKind::Void { target } => return Ok(Content::Void(*target)),
        EventKind::Hold { question, utc_offset_min, hold } => {
            let course = catalogue.course_of(*question).ok_or_else(Rejection::unknown_question)?;
            return Ok(Content::Answer(Box::new(Marked::hold(course, *question, *utc_offset_min, hold.effect()))));
        }
        EventKind::Review { question, utc_offset_min, took_ms, rating } => {
            let course = catalogue.course_of(*question).ok_or_else(Rejection::unknown_question)?;
            let review = Marked::review(course, *question, *rating)?;
            let timing = Timing { ms: *took_ms, ranked_as: None };
            return Ok(Content::Answer(Box::new(Marked { utc_offset_min: *utc_offset_min, timing, ..review })));
        }
        EventKind::Answer { question, revision, utc_offset_min, took, hints, practice, response } => {
            let conduct = Conduct { hints: *hints, practice: *practice };
            (*question, *revision, *utc_offset_min, (*took, conduct), response)
        }
    };
    let course = catalogue.course_of(id).ok_or_else(Rejection::unknown_question)?;
    let question = course.revision(id, revision).ok_or_else(Rejection::unknown_question)?;
    let marked = question::mark(question, response, &course.names).map_err(Rejection::from_fault)?;
    let effect = grading::effect(question, response, &marked, conduct);
    Ok(Content::Answer(Box::new(Marked {
        course: Arc::clone(course),
        question: id,
        revision,
        utc_offset_min,
        effect,
        guess: question::guess_chance(&question.body),
        timing: Timing {
            ms: took.ms,
            ranked_as: grading::times_tell(question, conduct, took.left_app).then(|| question.body.type_name()),
        },
        is_elsewhere: false,
        mark: Some(Arc::new(Mark::new(question, marked))),
    })))
}

impl Marked {
    fn hold(course: &Arc<CourseContent>, question: QuestionId, utc_offset_min: Option<i16>, effect: Effect) -> Self {
        let (course, timing) = (Arc::clone(course), Timing::default());
        let is_elsewhere = false;
        Self { course, question, revision: 0, utc_offset_min, effect, guess: 0.0, timing, is_elsewhere, mark: None }
    }

    /// The learner is believed for the schedule, as with a flashcard; it is no evidence of mastery, and there was
    /// nothing to guess among. A page has no rating.
    fn review(
        course: &Arc<CourseContent>,
        question: QuestionId,
        rating: Rating,
    ) -> std::result::Result<Self, Rejection> {
        let is_page = |entry: &Entry| matches!(entry.question.body, Body::Info { .. });
        if course.entry(question).is_some_and(is_page) {
            return Err(Rejection::at("/question", "this is a page to read; it cannot be reviewed"));
        }
        let effect = grading::own_rating(rating);
        Ok(Self { is_elsewhere: true, ..Self::hold(course, question, None, effect) })
    }
}

impl Hold {
    fn effect(self) -> Effect {
        match self {
            Self::Suspend => Effect::Suspended,
            Self::Resume => Effect::Resumed,
            Self::SetAside => Effect::SetAside,
        }
    }
}

impl Mark {
    fn new(question: &Question, marked: question::Mark) -> Self {
        let ratio = |score: Ratio<i64>| *score.numer() as f64 / *score.denom() as f64;
        Self {
            score: ratio(marked.score),
            correct: marked.correct,
            scored: marked.scored,
            feedback: marked.feedback,
            explanation: question.explanation.clone(),
            source: question.source.reference.clone(),
            key: marked.key,
        }
    }
}

impl Rejection {
    pub fn new(code: RejectionCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), pointer: None }
    }

    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..Self::new(RejectionCode::Invalid, detail) }
    }

    pub(super) fn unknown_question() -> Self {
        let detail = "no question with this id and revision; fetch the queue again";
        Self { pointer: Some("/question".to_owned()), ..Self::new(RejectionCode::UnknownQuestion, detail) }
    }

    pub(super) fn id_reused() -> Self {
        let detail = "this id belongs to another event; the first one stands. Give every event an id of its own";
        Self { pointer: Some("/id".to_owned()), ..Self::new(RejectionCode::IdReused, detail) }
    }

    fn from_fault(fault: MarkFault) -> Self {
        let code = match fault {
            MarkFault::AmbiguousNumber | MarkFault::UnreadableNumber => RejectionCode::AskAgain,
            _ => RejectionCode::Invalid,
        };
        Self { code, detail: fault.to_string(), pointer: Some("/response".to_owned()) }
    }
}

impl RejectionCode {
    /// Whether the same event may be accepted later.
    pub fn is_retryable(self) -> bool {
        self == Self::ClockAhead
    }
}
