//! What the learner masters now, how sure that is, and why.
//!
//! The rules are the filter's; here a learner's rows become one picture, and the picture a next step.

use super::{App, Caller, CourseContent, Enrolment, Result, students::Student};
use crate::{
    domain::{
        bank::Concept,
        concept_map,
        mastery::{Ability, ConceptBelief, ConceptParameters, Figure, Level, Measured, Status, status},
    },
    store::{self, learners::Learner, met::Overview},
    vocab::{
        id::QuestionId,
        time::{DayBoundary, StudyDay, Timestamp},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// One concept of one learner, now.
pub struct ConceptMastery {
    pub concept: Concept,
    pub level: Level,
    pub status: Status,
    /// The share with its interval, trend and reasons.
    pub figure: Figure,
    /// Scored answers it rests on.
    pub evidence: u32,
    pub last_answer: Option<Timestamp>,
    pub next: NextStep,
}

/// A course's concepts as a map.
pub struct ConceptMap {
    /// In the order of the course, each with the length of the longest way to it.
    pub nodes: Vec<(ConceptMastery, usize)>,
    pub edges: Vec<MapEdge>,
}

/// One concept comes before another.
pub struct MapEdge {
    pub from: String,
    pub to: String,
    /// Whether the learner has got far enough with the first to go on.
    pub is_met: bool,
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

/// A learner's beliefs about a course, as read.
pub(super) struct Beliefs {
    pub(super) content: Arc<CourseContent>,
    pub(super) learner: Learner,
    pub(super) enrolment: Enrolment,
    pub(super) ability: Ability,
    concepts: BTreeMap<String, ConceptBelief>,
    pub(super) overview: Overview,
    pub(super) now: Timestamp,
    today: StudyDay,
    day: DayBoundary,
}

impl App {
    /// Every concept of a course, in its order.
    pub async fn mastery(&self, caller: Caller, course: &str) -> Result<Vec<ConceptMastery>> {
        let beliefs = self.beliefs(caller, course).await?;
        let every = beliefs.content.concepts.iter();
        Ok(every.map(|concept| beliefs.describe(concept, beliefs.next_step(concept))).collect())
    }

    /// One concept with its next step.
    pub async fn concept_mastery(&self, caller: Caller, course: &str, slug: &str) -> Result<ConceptMastery> {
        let beliefs = self.beliefs(caller, course).await?;
        let concept = beliefs.content.concept(slug)?;
        Ok(beliefs.describe(concept, beliefs.next_step(concept)))
    }

    /// The learner's concepts as a map: each with its layer, and what comes before what.
    pub async fn concept_map(&self, caller: Caller, course: &str) -> Result<ConceptMap> {
        let beliefs = self.beliefs(caller, course).await?;
        let concepts = &beliefs.content.concepts;
        let layers = concept_map::layers(concepts);
        let node = |(concept, layer): (&Concept, usize)| (beliefs.describe(concept, NextStep::Wait(None)), layer);
        let edge = |edge: concept_map::Edge<'_>| MapEdge {
            from: edge.from.to_owned(),
            to: edge.to.to_owned(),
            is_met: beliefs.belief(edge.from).level >= Level::Familiar,
        };
        Ok(ConceptMap {
            nodes: concepts.iter().zip(layers).map(node).collect(),
            edges: concept_map::edges(concepts).into_iter().map(edge).collect(),
        })
    }

    pub(super) async fn beliefs(&self, caller: Caller, course: &str) -> Result<Beliefs> {
        let Student { content, learner, enrolment, standing } = self.student(caller, course).await?;
        let concepts = store::study::beliefs(&self.db, caller.learner, course).await?;
        let ability = standing.map_or_else(|| Ability::prior(&content.model.parameters), |standing| standing.ability);
        let overview = store::met::overview(&self.db, caller.learner, course).await?;
        let (now, day) = (self.clock.now(), enrolment.day());
        let today = day.day_of(now, None);
        Ok(Beliefs { content, learner, enrolment, ability, concepts, overview, now, today, day })
    }
}

impl Beliefs {
    fn describe(&self, concept: &Concept, next: NextStep) -> ConceptMastery {
        let model = &self.content.model;
        let belief = self.belief(&concept.slug);
        let items = model.asked.get(&concept.slug).map(Vec::as_slice).unwrap_or_default();
        let measured = Measured { concept: &self.parameters(&concept.slug), items };
        let figure = model.shown(self.now).figure(&self.ability, &belief, measured);
        let days: Vec<StudyDay> =
            self.questions(&concept.slug).filter_map(|id| Some(self.overview.met.get(&id)?.due_day)).collect();
        let due = days.iter().filter(|day| **day <= self.today).count();
        ConceptMastery {
            concept: concept.clone(),
            level: belief.level,
            status: status(&belief, &figure.estimate, days.len(), due),
            evidence: belief.n,
            last_answer: belief.t_k.map(Timestamp),
            figure,
            next,
        }
    }

    fn next_step(&self, concept: &Concept) -> NextStep {
        let questions: Vec<QuestionId> = self.questions(&concept.slug).collect();
        let soonest = questions.iter().filter_map(|id| self.overview.met.get(id).map(|met| (met.due_day, *id))).min();
        let is_weak = |slug: &&String| self.belief(slug).level < Level::Familiar && self.parameters(slug).n_items > 0;
        let prerequisite = concept.prerequisites.iter().find(is_weak);
        let unmet = questions.iter().find(|id| !self.overview.met.contains_key(id));
        match (soonest, prerequisite, unmet) {
            _ if questions.is_empty() => NextStep::NoQuestions,
            (Some((day, id)), _, _) if day <= self.today => NextStep::Review(id),
            (_, Some(prerequisite), _) => NextStep::Prerequisite(prerequisite.clone()),
            (_, None, Some(unmet)) => NextStep::New(*unmet),
            (soonest, None, None) => NextStep::Wait(soonest.map(|(day, _)| self.day.start_of(day))),
        }
    }

    /// Questions on a concept that may be asked some day.
    pub(super) fn questions(&self, slug: &str) -> impl Iterator<Item = QuestionId> {
        let measures = self.content.asked().filter(move |entry| entry.question.concepts.iter().any(|own| own == slug));
        measures.map(|entry| entry.id).filter(|id| !self.overview.is_suspended(*id))
    }

    pub(super) fn belief(&self, slug: &str) -> ConceptBelief {
        let prior = || ConceptBelief::prior(&self.content.model.parameters);
        self.concepts.get(slug).copied().unwrap_or_else(prior)
    }

    fn parameters(&self, slug: &str) -> ConceptParameters {
        let prior = || ConceptParameters::prior(&self.content.model.parameters, 0);
        self.content.model.concepts.get(slug).copied().unwrap_or_else(prior)
    }
}
