//! Cards and concepts as a device wants them: what the fold keeps, with dates in the learner's own days.

use super::{App, CourseContent, Enrolment};
use crate::{
    domain::{
        mastery::{Ability, ConceptBelief, Level},
        memory::Model,
        review::{CardState, Hold},
        schedule,
    },
    vocab::{
        id::QuestionId,
        time::{DayBoundary, StudyDay, Timestamp},
    },
};

/// A card of the learner.
#[derive(Debug, Clone, PartialEq)]
pub struct CardView {
    pub question: QuestionId,
    /// The number of the stream at which it last changed.
    pub version: i64,
    pub stability: f32,
    pub difficulty: f32,
    pub last_review: Timestamp,
    pub due: Timestamp,
    pub reps: u32,
    pub lapses: u32,
    /// Forgotten so often that asking again is not what helps.
    pub leech: bool,
    pub suspended: bool,
    pub set_aside_until: Option<Timestamp>,
    /// Days to the next review after again, hard, good, easy.
    pub preview: [i32; 4],
}

/// A concept of the learner.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptView {
    pub course: String,
    pub concept: String,
    pub level: Level,
    /// The share of the concept's questions he knows now, 0 to 1, with the ends of its 90 % interval.
    pub p: f64,
    pub low: f64,
    pub high: f64,
}

/// One learner in one course, now.
pub(super) struct Viewer<'a> {
    content: &'a CourseContent,
    model: Model,
    enrolment: &'a Enrolment,
    day: DayBoundary,
    now: Timestamp,
    today: StudyDay,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(app: &'a App, content: &'a CourseContent, enrolment: &'a Enrolment) -> Self {
        let (day, now) = (enrolment.day(), app.clock.now());
        let today = day.day_of(now, None);
        let model = enrolment.model(&content.model);
        Self { content, model, enrolment, day, now, today }
    }

    /// `None` for a question that has no schedule.
    pub(super) fn card(&self, question: QuestionId, state: &CardState, version: i64) -> Option<CardView> {
        let card = state.card.as_ref()?;
        let settings = self.enrolment.settings();
        let on = self.today.max(card.last_day);
        Some(CardView {
            question,
            version,
            stability: card.memory.stability,
            difficulty: card.memory.difficulty,
            last_review: card.last_at,
            due: card.due_at.unwrap_or_else(|| self.day.start_of(card.due_day)),
            reps: card.reps,
            lapses: card.lapses,
            leech: card.is_leech(),
            suspended: state.hold == Some(Hold::Suspended),
            set_aside_until: match state.hold {
                Some(Hold::Until(day)) if day > self.today => Some(self.day.start_of(day)),
                _ => None,
            },
            preview: schedule::preview(&self.model, &settings, self.content.model.slot(question), Some(card), on),
        })
    }

    /// `None` for a concept the course no longer has; a missing belief is that of a learner who never answered.
    pub(super) fn concept(&self, slug: &str, ability: &Ability, belief: Option<&ConceptBelief>) -> Option<ConceptView> {
        let model = &self.content.model;
        let belief = belief.copied().unwrap_or_else(|| ConceptBelief::prior(&model.parameters));
        let now = model.figure(slug, ability, &belief, self.now)?;
        Some(ConceptView {
            course: self.content.course.slug.clone(),
            concept: slug.to_owned(),
            level: belief.level,
            p: now.p,
            low: now.low,
            high: now.high,
        })
    }
}
