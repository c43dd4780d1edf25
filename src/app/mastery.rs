//! What the learner masters now, how sure that is, and why.
//!
//! The level of a concept is the one earned at the last answer; where time has since worn it down, the concept is
//! due for review and keeps its badge.

use super::{App, Caller, CourseContent, Result};
use crate::{
    domain::{
        bank::Concept,
        mastery::{Ability, ConceptBelief, ConceptParameters, Estimate, Level, Term, estimate, explain, level_now},
    },
    store,
    vocab::{id::QuestionId, time::Timestamp},
};
use std::{collections::BTreeMap, sync::Arc};

/// One concept of one learner, now.
pub struct ConceptMastery {
    pub concept: Concept,
    pub level: Level,
    pub status: Status,
    pub estimate: Estimate,
    /// Scored answers it rests on.
    pub evidence: u32,
    pub last_answer: Option<Timestamp>,
    pub why: Vec<Term>,
    pub next: NextStep,
}

/// What can be said of a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    NotStarted,
    /// Too few answers for a verdict.
    NotEnoughEvidence,
    /// The level holds now.
    Current,
    /// Time has worn the level down.
    DueForReview,
}

/// What helps most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// A card of the concept is due.
    Review(QuestionId),
    /// A prerequisite is not yet familiar.
    Prerequisite(String),
    /// A question not yet met.
    New(QuestionId),
    /// Nothing is due; wait.
    Wait(Option<Timestamp>),
    /// The course has no questions on it yet.
    NoQuestions,
}

/// Fewer answers than this are no ground for a verdict.
const ENOUGH: u32 = 3;

/// A learner's beliefs about a course, as read.
struct Beliefs {
    content: Arc<CourseContent>,
    ability: Ability,
    concepts: BTreeMap<String, ConceptBelief>,
    now: Timestamp,
}

impl App {
    /// Every concept of a course, in its order; without next steps, which cost a look at the cards.
    pub async fn mastery(&self, caller: Caller, course: &str) -> Result<Vec<ConceptMastery>> {
        let beliefs = self.beliefs(caller, course).await?;
        let every = beliefs.content.concepts.iter();
        Ok(every.map(|concept| beliefs.describe(concept, NextStep::Wait(None))).collect())
    }

    /// One concept with its next step.
    pub async fn concept_mastery(&self, caller: Caller, course: &str, slug: &str) -> Result<ConceptMastery> {
        let beliefs = self.beliefs(caller, course).await?;
        let concept = beliefs.content.concept(slug)?;
        let next = self.next_step(caller, course, &beliefs, concept).await?;
        Ok(beliefs.describe(concept, next))
    }

    async fn beliefs(&self, caller: Caller, course: &str) -> Result<Beliefs> {
        let content = self.catalogue().course(course)?;
        let standing = store::study::standing(&self.db, caller.learner, course).await?;
        let concepts = store::study::beliefs(&self.db, caller.learner, course, None).await?;
        let ability = standing.map_or_else(|| Ability::prior(&content.model.parameters), |standing| standing.ability);
        Ok(Beliefs { content, ability, concepts, now: self.clock.now() })
    }

    async fn next_step(&self, caller: Caller, course: &str, beliefs: &Beliefs, concept: &Concept) -> Result<NextStep> {
        let measures = beliefs.content.asked().filter(|entry| entry.question.concepts.contains(&concept.slug));
        let questions: Vec<QuestionId> = measures.map(|entry| entry.id).collect();
        let cards = store::study::cards(&self.db, caller.learner, &questions).await?;
        let enrolment = self.enrolment(caller, course).await?;
        let today = enrolment.day().day_of(beliefs.now, None);
        let met = |id: &QuestionId| cards.get(id).and_then(|state| state.card);
        let soonest =
            questions.iter().filter_map(|id| met(id).map(|card| (card.due_day, *id, card))).min_by_key(|c| (c.0, c.1));
        let is_weak = |slug: &&String| beliefs.level(slug) < Level::Familiar && beliefs.has_questions(slug);
        Ok(match (soonest, concept.prerequisites.iter().find(is_weak), questions.iter().find(|id| met(id).is_none())) {
            _ if questions.is_empty() => NextStep::NoQuestions,
            (Some((day, id, _)), _, _) if day <= today => NextStep::Review(id),
            (_, Some(prerequisite), _) => NextStep::Prerequisite(prerequisite.clone()),
            (_, None, Some(unmet)) => NextStep::New(*unmet),
            (soonest, None, None) => NextStep::Wait(soonest.map(|(day, _, _)| enrolment.day().start_of(day))),
        })
    }
}

impl Beliefs {
    fn describe(&self, concept: &Concept, next: NextStep) -> ConceptMastery {
        let model = &self.content.model;
        let belief = self.belief(&concept.slug);
        let parameters = self.parameters(&concept.slug);
        let estimate = estimate(&model.parameters, &self.ability, &belief, &parameters, model.item_spread, self.now.0);
        let level_today = level_now(belief.level, &estimate, belief.n, belief.correct_days);
        let status = match belief.n {
            0 => Status::NotStarted,
            _ if level_today < belief.level => Status::DueForReview,
            n if n < ENOUGH => Status::NotEnoughEvidence,
            _ => Status::Current,
        };
        ConceptMastery {
            concept: concept.clone(),
            level: belief.level,
            status,
            evidence: belief.n,
            last_answer: belief.t_k.map(Timestamp),
            why: explain(&model.parameters, &self.ability, &belief, &parameters, model.item_spread, self.now.0),
            estimate,
            next,
        }
    }

    fn belief(&self, slug: &str) -> ConceptBelief {
        let prior = || ConceptBelief::prior(&self.content.model.parameters);
        self.concepts.get(slug).copied().unwrap_or_else(prior)
    }

    fn parameters(&self, slug: &str) -> ConceptParameters {
        let prior = || ConceptParameters::prior(&self.content.model.parameters, 0);
        self.content.model.concepts.get(slug).copied().unwrap_or_else(prior)
    }

    fn level(&self, slug: &str) -> Level {
        self.belief(slug).level
    }

    fn has_questions(&self, slug: &str) -> bool {
        self.parameters(slug).n_items > 0
    }
}
