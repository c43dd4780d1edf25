//! What must come out: a second, naive reading of the same events, written from the rules and not from the server's
//! code. It remembers every accepted event and folds them one by one, from nothing, in their order.
//!
//! It shares with the server only what is pure: marking, grading, one step of the fold, the study day.

use super::device::Made;
use laerd::{
    app::{Catalogue, CourseContent, Mark, RejectionCode},
    domain::{
        grading::{self, Conduct},
        memory::{Model, Retention},
        question::{self, Response},
        review::{self, Answer, Effect, OrderKey, Rules, State, Timing},
        schedule::Settings,
    },
    store::entity::event,
    vocab::{
        grade::Rating,
        id::{EventId, LearnerId, QuestionId},
        time::{DayBoundary, Timestamp},
    },
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the server owes an event that was never seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Stored, once its time has come.
    Sound,
    /// Refused on sight, whatever its id and time.
    Unreadable(RejectionCode),
    /// Refused unless its id is taken or its time lies ahead.
    Unfit(RejectionCode),
}

/// What the server must say of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Applied(i64),
    Duplicate(i64),
    Rejected(RejectionCode),
}

/// What a learner chose for a course.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub retention: f64,
    pub time_zone: &'static str,
    pub rollover_hour: i8,
}

impl Default for Choice {
    fn default() -> Self {
        Self { retention: 0.9, time_zone: "Europe/Oslo", rollover_hour: 4 }
    }
}

impl Choice {
    pub fn days(&self) -> DayBoundary {
        let zone = jiff::tz::TimeZone::get(self.time_zone).expect("a zone");
        DayBoundary { zone, rollover_hour: self.rollover_hour }
    }
}

/// One learner, as the oracle knows him.
#[derive(Clone)]
pub struct Student {
    pub id: LearnerId,
    /// Everything accepted, by id.
    pub log: BTreeMap<Uuid, Accepted>,
    /// The last number of his stream.
    pub head: i64,
    /// By course, where he chose.
    pub choices: BTreeMap<String, Choice>,
    /// Erased, or joined to another.
    pub is_gone: bool,
}

#[derive(Clone)]
pub struct Accepted {
    pub seq: i64,
    /// Who sent it first.
    pub device: Uuid,
    pub order_at: Timestamp,
    pub value: Value,
    pub what: What,
    /// As the first receipt had it.
    pub mark: Option<Mark>,
}

#[derive(Clone)]
pub enum What {
    /// An answer, or another event about a question.
    Answer {
        course: String,
        answer: Answer,
    },
    Void(Uuid),
    /// Of the server's own; some give an answer another effect.
    Server {
        regrades: Option<(Uuid, Effect)>,
    },
}

/// A clock may run this far ahead.
const SLACK_MS: i64 = 300_000;

impl Student {
    pub fn new(id: LearnerId) -> Self {
        Self { id, log: BTreeMap::new(), head: 0, choices: BTreeMap::new(), is_gone: false }
    }

    /// What must become of `made`, which is remembered if it is new and sound.
    pub fn judge(&mut self, catalogue: &Catalogue, made: &Made, (device, now): (Uuid, Timestamp)) -> Verdict {
        if let Promise::Unreadable(code) = made.promise {
            return Verdict::Rejected(code);
        }
        let id = made.id.expect("who can be read has an id");
        if let Some(first) = self.log.get(&id) {
            let same = first.value == made.value;
            return if same { Verdict::Duplicate(first.seq) } else { Verdict::Rejected(RejectionCode::IdReused) };
        }
        if made.order_at.0 > now.0 + SLACK_MS {
            return Verdict::Rejected(RejectionCode::ClockAhead);
        }
        if let Promise::Unfit(code) = made.promise {
            return Verdict::Rejected(code);
        }
        self.head += 1;
        let what = read(catalogue, |course| self.choice(course), made);
        let (seq, value, order_at) = (self.head, made.value.clone(), made.order_at);
        self.log.insert(id, Accepted { seq, device, order_at, value, what, mark: None });
        Verdict::Applied(self.head)
    }

    pub fn choice(&self, course: &str) -> Choice {
        self.choices.get(course).copied().unwrap_or_default()
    }

    /// I11: the union of the logs. The other's events come after, in their order; tells how many.
    pub fn join(&mut self, other: Self) -> u64 {
        let mut events: Vec<(Uuid, Accepted)> = other.log.into_iter().collect();
        events
            .retain(|(id, event)| !self.log.contains_key(id) && !matches!(event.what, What::Server { regrades: None }));
        events.sort_by_key(|(_, event)| event.seq);
        let count = events.len() as u64;
        for (id, event) in events {
            self.head += 1;
            self.log.insert(id, Accepted { seq: self.head, ..event });
        }
        for (course, choice) in other.choices {
            self.choices.entry(course).or_insert(choice);
        }
        count
    }

    /// An event of the server's own, at the end of the stream.
    pub fn absorb(&mut self, event: &event::Model) -> Result<(), String> {
        let effect = match event.effect.as_str() {
            "reviewed" => event
                .rating
                .and_then(|rating| Rating::from_number(rating as u8))
                .map(|rating| Effect::Reviewed { rating, evidence: event.evidence }),
            "practised" => Some(Effect::Practised { evidence: event.evidence }),
            _ => None,
        };
        if event.seq != self.head + 1 || !["refold", "regrade"].contains(&event.kind.as_str()) {
            return Err(format!("after {} the stream goes on with {event:?}, which nobody sent", self.head));
        }
        self.head += 1;
        let (seq, device, order_at, value) = (self.head, Uuid::nil(), Timestamp(event.order_at), Value::Null);
        let what = What::Server { regrades: event.regrades.zip(effect) };
        self.log.insert(event.id, Accepted { seq, device, order_at, value, what, mark: None });
        Ok(())
    }

    /// Whether some void names it.
    pub fn is_taken_back(&self, id: Uuid) -> bool {
        self.log.values().any(|event| event.what.takes_back() == Some(id))
    }

    /// A key may have been mended; from now on a repeat has another mark.
    pub fn forget_marks(&mut self) {
        self.log.values_mut().for_each(|event| event.mark = None);
    }

    pub fn check_grades(&self, catalogue: &Catalogue) -> Result<(), String> {
        let regraded = self.regraded();
        for (id, event) in &self.log {
            let What::Answer { course, answer } = &event.what else { continue };
            let holds = regraded.get(id).map_or(answer.effect, |(_, effect)| *effect);
            let content = catalogue.course(course).expect("a course");
            let (expected, ..) = grade(&content, &event.value);
            if holds != expected {
                return Err(format!("{} counts as {holds:?}, not {expected:?}", event.value));
            }
        }
        Ok(())
    }

    /// The event that has this number of the stream.
    pub fn at(&self, seq: i64) -> Option<(Uuid, &Accepted)> {
        self.log.iter().find(|(_, event)| event.seq == seq).map(|(id, event)| (*id, event))
    }

    /// The course and question an event is about: its own, or that of what it takes back, if that is here.
    pub fn subject(&self, id: Uuid) -> Option<(String, QuestionId)> {
        match &self.log.get(&id)?.what {
            What::Answer { course, answer } => Some((course.clone(), answer.question)),
            What::Void(target) => match &self.log.get(target)?.what {
                What::Answer { course, answer } => Some((course.clone(), answer.question)),
                _ => None,
            },
            What::Server { .. } => None,
        }
    }

    /// The state of one course: everything that was not taken back, one by one.
    pub fn fold(&self, content: &CourseContent) -> State {
        let gone: BTreeSet<Uuid> = self.log.values().filter_map(|event| event.what.takes_back()).collect();
        let slug = &content.course.slug;
        let regraded = self.regraded();
        let answers = self.log.iter().filter_map(|(id, event)| match &event.what {
            What::Answer { course, answer } if course == slug => {
                Some(Answer { effect: regraded.get(id).map_or(answer.effect, |(_, effect)| *effect), ..*answer })
            }
            _ => None,
        });
        let mut answers: Vec<Answer> = answers.filter(|answer| !gone.contains(&answer.key.id.0)).collect();
        answers.sort_by_key(|answer| (answer.key.at.0, answer.key.id.0));
        let retention = Retention::new(self.choice(slug).retention).expect("a share that can be chosen");
        let settings = Settings { retention, ..Settings::default() };
        let model = Model::default();
        let rules = Rules { model: &model, course: &content.model, settings };
        answers.iter().fold(State::new(&content.model.parameters), |state, answer| {
            review::apply(&rules, state, std::slice::from_ref(answer), &BTreeSet::new())
        })
    }
}

impl Student {
    /// The effects that hold instead of the first ones: the last for each answer.
    fn regraded(&self) -> BTreeMap<Uuid, (i64, Effect)> {
        let mut last: BTreeMap<Uuid, (i64, Effect)> = BTreeMap::new();
        for event in self.log.values() {
            if let What::Server { regrades: Some((target, effect)) } = event.what
                && last.get(&target).is_none_or(|(seq, _)| *seq < event.seq)
            {
                last.insert(target, (event.seq, effect));
            }
        }
        last
    }
}

impl What {
    fn takes_back(&self) -> Option<Uuid> {
        match self {
            Self::Void(target) => Some(*target),
            Self::Answer { .. } | Self::Server { .. } => None,
        }
    }
}

/// The event, by the oracle's own reading of its JSON.
fn read(catalogue: &Catalogue, choice: impl Fn(&str) -> Choice, made: &Made) -> What {
    let value = &made.value;
    if value["kind"] == "void" {
        return What::Void(uuid(value, "ref"));
    }
    let question = QuestionId(uuid(value, "question"));
    let content = catalogue.course_of(question).expect("a sound answer is to a question of the courses");
    let told = value["utc_offset_min"].as_i64().map(|minutes| minutes as i16);
    let (effect, guess, ranked_as) = grade(content, value);
    let answer = Answer {
        key: OrderKey { at: made.order_at, id: EventId(uuid(value, "id")) },
        question,
        day: choice(&content.course.slug).days().day_of(made.order_at, told),
        effect,
        guess,
        timing: Timing { ms: value["duration_ms"].as_u64().map(|ms| ms as u32), ranked_as },
    };
    What::Answer { course: content.course.slug.clone(), answer }
}

/// What an event about a question does, how likely it was guessed, and as what its time is compared, by the keys of
/// `content`.
fn grade(content: &CourseContent, value: &Value) -> (Effect, f64, Option<&'static str>) {
    let told = match value["kind"].as_str() {
        Some("review") => {
            let rating: Rating = serde_json::from_value(value["rating"].clone()).expect("a rating");
            Some(Effect::Reviewed { rating, evidence: None })
        }
        Some("suspend") => Some(Effect::Suspended),
        Some("resume") => Some(Effect::Resumed),
        Some("set_aside") => Some(Effect::SetAside),
        _ => None,
    };
    if let Some(effect) = told {
        return (effect, 0.0, None);
    }
    let revision = value["revision"].as_i64().expect("a revision") as i32;
    let asked = content.revision(QuestionId(uuid(value, "question")), revision);
    let asked = asked.expect("a sound answer names a revision there is");
    let response: Response = serde_json::from_value(value["response"].clone()).expect("a response");
    let mark = question::mark(asked, &response, &content.names).expect("a sound answer can be marked");
    let hints = value["hints"].as_u64().unwrap_or(0) as u8;
    let conduct = Conduct { hints, practice: value["practice"] == true };
    let ranked_as = grading::times_tell(asked, conduct, false).then(|| asked.body.type_name());
    (grading::effect(asked, &response, &mark, conduct), question::guess_chance(&asked.body), ranked_as)
}

fn uuid(value: &Value, field: &str) -> Uuid {
    value[field].as_str().and_then(|text| text.parse().ok()).expect("a UUID")
}
