//! One card's log as a file of vectors has it, and the card the real fold makes of it.

use laerd::{
    domain::{
        grading::{Conduct, effect, own_rating},
        memory::{Model, Retention},
        question::{Question, Response, guess_chance, mark},
        review::{Answer, CourseModel, Effect, OrderKey, Rules, State, Timing, apply},
        schedule::{self, Card},
        spread::Slot,
    },
    vocab::{
        grade::Rating,
        id::{EventId, QuestionId},
        time::{DayBoundary, StudyDay, Timestamp},
    },
};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Serialize)]
pub struct Log {
    pub name: String,
    pub question: QuestionId,
    #[serde(flatten)]
    pub kind: KindFields,
    pub settings: Settings,
    pub steps: Vec<Step>,
}

/// An event that arrives and the card after it.
#[derive(Serialize)]
pub struct Step {
    pub event: Event,
    pub card: Option<CardAfter>,
}

#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Answer(AnswerEvent),
    Review(ReviewEvent),
    Void(VoidEvent),
}

#[derive(Clone, Serialize)]
pub struct AnswerEvent {
    pub id: EventId,
    #[serde(serialize_with = "instant")]
    pub answered_at: Timestamp,
    #[serde(skip_serializing_if = "is_zero")]
    pub clock_offset_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utc_offset_min: Option<i16>,
    pub said: Said,
    #[serde(skip_serializing_if = "is_zero")]
    pub hints: u8,
    #[serde(skip_serializing_if = "is_false")]
    pub practice: bool,
}

#[derive(Clone, Serialize)]
pub struct ReviewEvent {
    pub id: EventId,
    #[serde(serialize_with = "instant")]
    pub answered_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utc_offset_min: Option<i16>,
    pub rating: Rating,
}

#[derive(Clone, Serialize)]
pub struct VoidEvent {
    pub id: EventId,
    #[serde(rename = "ref")]
    pub target: EventId,
    #[serde(serialize_with = "instant")]
    pub answered_at: Timestamp,
}

/// The response, as far as the scheduler minds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Right,
    Wrong,
    Reveal,
    Seen,
    Again,
    Hard,
    Good,
    Easy,
}

#[derive(Clone, Serialize)]
pub struct Settings {
    #[serde(rename = "desired_retention")]
    pub retention: f64,
    pub relearn_minutes: u16,
    pub maximum_interval: u16,
    pub time_zone: &'static str,
    pub rollover_hour: i8,
}

/// What the server tells of a card, and the study day behind it.
#[derive(Clone, Serialize)]
pub struct CardAfter {
    pub stability: f32,
    pub difficulty: f32,
    #[serde(serialize_with = "instant")]
    pub last_review: Timestamp,
    pub last_day: i32,
    pub due_day: i32,
    /// As the API tells it: the minute while the card is relearnt, else the beginning of the due day.
    #[serde(serialize_with = "instant")]
    pub due: Timestamp,
    pub relearning: bool,
    pub reps: u32,
    pub lapses: u32,
    /// Days after again, hard, good and easy, were it answered on the day it is due. A page has none to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<[i32; 4]>,
}

/// A question that can be answered as [`Said`] says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// One right option of so many.
    Single(usize),
    /// One right option of so many, and any number may be chosen.
    Multiple(usize),
    ShortText,
    Flashcard,
    Info,
}

#[derive(Serialize)]
pub struct KindFields {
    #[serde(skip)]
    pub kind: Kind,
    question_type: &'static str,
    /// The chance of guessing right.
    pub guess: f64,
}

impl From<Kind> for KindFields {
    fn from(kind: Kind) -> Self {
        Self { kind, question_type: kind.name(), guess: guess_chance(&kind.question().body) }
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Single(_) => "single",
            Self::Multiple(_) => "multiple",
            Self::ShortText => "short_text",
            Self::Flashcard => "flashcard",
            Self::Info => "info",
        }
    }

    pub fn sayings(self) -> &'static [Said] {
        match self {
            Self::Flashcard => &[Said::Again, Said::Hard, Said::Good, Said::Easy, Said::Reveal],
            Self::Info => &[Said::Seen],
            _ => &[Said::Right, Said::Wrong, Said::Reveal],
        }
    }

    /// What the answer does, found by marking a real question.
    pub fn effect(self, said: Said, hints: u8, practice: bool) -> Effect {
        let (question, response) = (self.question(), self.response(said));
        let mark = mark(&question, &response, &[]).expect("a response to this question");
        effect(&question, &response, &mark, Conduct { hints, practice })
    }

    fn question(self) -> Question {
        let options = |count: usize| {
            let option =
                |number| json!({"id": number_id(number), "text": "t", "correct": number == 0, "feedback": "f"});
            (0..count).map(option).collect::<Vec<_>>()
        };
        let body = match self {
            Self::Single(count) => json!({"type": "single", "options": options(count)}),
            Self::Multiple(count) => {
                json!({"type": "multiple", "scoring": "all_or_nothing", "options": options(count)})
            }
            Self::ShortText => {
                json!({"type": "short_text", "accept": ["fjord"], "typos": false, "feedback_correct": "f", "feedback_other": "f"})
            }
            Self::Flashcard => json!({"type": "flashcard", "back": "b"}),
            Self::Info => json!({"type": "info", "body": "b"}),
        };
        let source = json!({"kind": "general", "reference": "r"});
        let question = json!({"id": "q", "concepts": ["c"], "difficulty": 1, "stem": "?", "explanation": "e",
            "source": source, "body": body});
        serde_json::from_value(question).expect("a question")
    }

    fn response(self, said: Said) -> Response {
        let rating = |rating| Response::SelfRating { rating };
        let number = usize::from(said == Said::Wrong);
        match (said, self) {
            (Said::Reveal, _) => Response::Reveal,
            (Said::Seen, _) => Response::Seen,
            (Said::Again, _) => rating(Rating::Again),
            (Said::Hard, _) => rating(Rating::Hard),
            (Said::Good, _) => rating(Rating::Good),
            (Said::Easy, _) => rating(Rating::Easy),
            (_, Self::ShortText) => Response::Text { text: ["fjord", "xyzzy"][number].to_owned() },
            _ => Response::Choice { options: vec![number_id(number)] },
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let schedule::Settings { relearn_minutes, maximum_interval, .. } = schedule::Settings::default();
        Self { retention: 0.9, relearn_minutes, maximum_interval, time_zone: "Europe/Oslo", rollover_hour: 4 }
    }
}

impl Log {
    /// The log with the card after each arrival.
    pub fn new(name: &str, question: QuestionId, kind: Kind, settings: Settings, events: Vec<Event>) -> Self {
        let mut log = Self { name: name.to_owned(), question, kind: kind.into(), settings, steps: Vec::new() };
        for event in events {
            log.steps.push(Step { event, card: None });
            let card = log.card(log.settings.retention);
            log.steps.last_mut().expect("pushed").card = card;
        }
        log
    }

    /// Whether no interval lies so near the edge between two days that the last digits of an `f32` would decide. A
    /// client computes in `f64` and may land on the other day there, so the vectors have no such case.
    pub fn is_clear(&self) -> bool {
        let days = |card: &Option<CardAfter>| card.as_ref().map(|card| (card.due_day, card.preview));
        let (mut so_far, retention) = (self.shell(), self.settings.retention);
        self.steps.iter().all(|step| {
            so_far.steps.push(Step { event: step.event.clone(), card: None });
            // Moves every interval by some hundred-thousandths, and nothing else.
            let nudged =
                [retention - NUDGE, retention + NUDGE].into_iter().filter(|share| Retention::new(*share).is_some());
            nudged.into_iter().all(|retention| days(&so_far.card(retention)) == days(&step.card))
        })
    }

    fn shell(&self) -> Self {
        let (name, steps) = (String::new(), Vec::new());
        Self { name, question: self.question, kind: self.kind.kind.into(), settings: self.settings.clone(), steps }
    }

    /// The card after all that has arrived.
    fn card(&self, retention: f64) -> Option<CardAfter> {
        let (model, course) = (Model::default(), CourseModel::default());
        let Settings { relearn_minutes, maximum_interval, .. } = self.settings;
        let retention = Retention::new(retention).expect("an allowed retention");
        let settings = schedule::Settings { retention, relearn_minutes, maximum_interval, exam: None };
        let rules = Rules { model: &model, course: &course, settings };
        let answers: Vec<Answer> = self.steps.iter().filter_map(|step| self.answer(&step.event)).collect();
        let voided = self.steps.iter().filter_map(|step| match &step.event {
            Event::Void(void) => Some(void.target),
            Event::Answer(_) | Event::Review(_) => None,
        });
        let state = apply(&rules, State::new(&course.parameters), &answers, &voided.collect::<BTreeSet<_>>());
        let card = state.cards.get(&self.question)?.card?;
        let preview = schedule::preview(&model, &settings, Slot::alone(self.question), Some(&card), card.due_day);
        Some(self.after(&card, (self.kind.kind != Kind::Info).then_some(preview)))
    }

    fn after(&self, card: &Card, preview: Option<[i32; 4]>) -> CardAfter {
        CardAfter {
            stability: card.memory.stability,
            difficulty: card.memory.difficulty,
            last_review: card.last_at,
            last_day: card.last_day.0,
            due_day: card.due_day.0,
            due: card.due_at.unwrap_or_else(|| self.settings.boundary().start_of(card.due_day)),
            relearning: card.due_at.is_some(),
            reps: card.reps,
            lapses: card.lapses,
            preview,
        }
    }

    fn answer(&self, event: &Event) -> Option<Answer> {
        let event = match event {
            Event::Void(_) => return None,
            Event::Review(event) => return Some(self.review(event)),
            Event::Answer(event) => event,
        };
        let at = event.answered_at.plus_ms(event.clock_offset_ms);
        Some(Answer {
            key: OrderKey { at, id: event.id },
            question: self.question,
            day: self.day_of(at, event.utc_offset_min),
            effect: self.kind.kind.effect(event.said, event.hints, event.practice),
            guess: self.kind.guess,
            timing: Timing::default(),
        })
    }

    fn review(&self, event: &ReviewEvent) -> Answer {
        Answer {
            key: OrderKey { at: event.answered_at, id: event.id },
            question: self.question,
            day: self.day_of(event.answered_at, event.utc_offset_min),
            effect: own_rating(event.rating),
            guess: 0.0,
            timing: Timing::default(),
        }
    }

    fn day_of(&self, at: Timestamp, utc_offset_min: Option<i16>) -> StudyDay {
        self.settings.boundary().day_of(at, utc_offset_min)
    }
}

/// Of the retention: moves an interval by 1 to 6 hundred-thousandths.
const NUDGE: f64 = 1.5e-6;

impl Settings {
    fn boundary(&self) -> DayBoundary {
        let zone = jiff::tz::TimeZone::get(self.time_zone).expect("a time zone");
        DayBoundary { zone, rollover_hour: self.rollover_hour }
    }
}

/// An effect in a word.
pub fn word(effect: &Effect) -> String {
    match effect {
        Effect::Reviewed { rating, .. } => {
            serde_json::to_value(rating).expect("a word").as_str().expect("text").to_owned()
        }
        Effect::Practised { .. } => "practised".to_owned(),
        Effect::Seen => "seen".to_owned(),
        Effect::Suspended => "suspended".to_owned(),
        Effect::Resumed => "resumed".to_owned(),
        Effect::SetAside => "set_aside".to_owned(),
    }
}

/// An id whose order is that of its number.
pub fn event_id(number: u64) -> EventId {
    EventId(Uuid::from_u64_pair(0x019a_0000_0000_7000, 0x8000_0000_0000_0000 | number))
}

fn number_id(number: usize) -> String {
    format!("option-{number}")
}

fn instant<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_false(value: &bool) -> bool {
    !value
}
