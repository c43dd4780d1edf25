//! From stored state and new answers to new stored state, within a transaction.
//!
//! A batch that comes after everything stored is folded onto the rows it touches; a late one, one that takes something
//! back, or one under new parameters starts from the whole log. Both ways end in the same state, bit by bit.

use super::{App, CardView, ConceptChange, CourseContent, Enrolment, Receipt, Result};
use crate::{
    domain::{
        mastery::{ConceptBelief, Level, estimate},
        review::{self, Answer, Rules, State},
        schedule,
    },
    store::{
        self, Txn,
        study::{Scope, Standing},
    },
    vocab::id::{EventId, LearnerId, QuestionId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a batch does to one course.
pub(super) struct CourseBatch {
    pub course: Arc<CourseContent>,
    pub answers: Vec<Answer>,
    /// Questions whose card may have changed.
    pub questions: BTreeSet<QuestionId>,
    /// Something that was folded is taken back, so the fold must begin anew.
    pub takes_back: bool,
}

/// One learner's fold within one transaction.
pub(super) struct Folding<'a> {
    pub app: &'a App,
    pub txn: &'a Txn,
    pub learner: LearnerId,
    /// The stream's head after it.
    pub version: i64,
}

impl Folding<'_> {
    /// Folds a batch into one course and tells in `receipt` what it touched.
    pub(super) async fn fold(
        &self,
        batch: &CourseBatch,
        enrolment: &Enrolment,
        voided: &BTreeSet<EventId>,
        receipt: &mut Receipt,
    ) -> Result<()> {
        let course = &batch.course;
        let slug = course.course.slug.as_str();
        let questions: Vec<QuestionId> = batch.questions.iter().copied().collect();
        let concepts = concepts_of(course, &questions);
        let before = store::study::beliefs(self.txn, self.learner, slug, Some(&concepts)).await?;
        let standing = store::study::standing(self.txn, self.learner, slug).await?;
        let state = if must_start_over(batch, standing.as_ref()) {
            self.start_over(course, enrolment).await?
        } else {
            let stored = State {
                cards: store::study::cards(self.txn, self.learner, &questions).await?,
                concepts: before.clone(),
                ..stored_state(course, standing)
            };
            let state = review::apply(&self.rules(course, enrolment), stored, &batch.answers, voided);
            let scope = Scope::Touched { questions: &questions, concepts: &concepts };
            self.save(course, &state, scope).await?;
            state
        };
        let is_gone = |id: &QuestionId| !state.cards.contains_key(id);
        receipt.removed.extend(questions.iter().copied().filter(is_gone));
        receipt.cards.extend(self.card_views(course, enrolment, &state, &questions));
        receipt.concepts.extend(self.concept_changes(course, &state, &concepts, &before));
        Ok(())
    }

    /// Folds the whole log of a course from nothing and stores what comes out.
    pub(super) async fn start_over(&self, course: &CourseContent, enrolment: &Enrolment) -> Result<State> {
        let (log, voided) = store::answers::history(self.txn, self.learner, &course.course.slug).await?;
        let fresh = State::new(&course.model.parameters);
        let state = review::apply(&self.rules(course, enrolment), fresh, &log, &voided);
        self.save(course, &state, Scope::Whole).await?;
        Ok(state)
    }

    async fn save(&self, course: &CourseContent, state: &State, scope: Scope<'_>) -> Result<()> {
        let (slug, saved) = (course.course.slug.as_str(), (state, course.model.version));
        Ok(store::study::save(self.txn, self.learner, slug, saved, (scope, self.version)).await?)
    }

    fn rules<'a>(&'a self, course: &'a CourseContent, enrolment: &Enrolment) -> Rules<'a> {
        Rules { model: &self.app.model, course: &course.model, settings: enrolment.settings() }
    }

    fn card_views(
        &self,
        course: &CourseContent,
        enrolment: &Enrolment,
        state: &State,
        questions: &[QuestionId],
    ) -> Vec<CardView> {
        let (now, day, rules) = (self.app.clock.now(), enrolment.day(), self.rules(course, enrolment));
        let today = day.day_of(now, None);
        let cards = questions.iter().filter_map(|id| Some((*id, state.cards.get(id)?.card?)));
        let view = |(question, card): (QuestionId, schedule::Card)| CardView {
            question,
            version: self.version,
            stability: card.memory.stability,
            difficulty: card.memory.difficulty,
            last_review: card.last_at,
            due: card.due_at.unwrap_or_else(|| day.start_of(card.due_day)),
            reps: card.reps,
            lapses: card.lapses,
            preview: schedule::preview(
                rules.model,
                &rules.settings,
                question,
                Some(&card),
                now,
                today.max(card.last_day),
            ),
        };
        cards.map(view).collect()
    }

    fn concept_changes(
        &self,
        course: &CourseContent,
        state: &State,
        concepts: &[String],
        before: &BTreeMap<String, ConceptBelief>,
    ) -> Vec<ConceptChange> {
        let (model, now) = (&course.model, self.app.clock.now());
        let change = |slug: &String| {
            let concept = model.concepts.get(slug)?;
            let belief = state.concepts.get(slug).copied().unwrap_or(ConceptBelief::prior(&model.parameters));
            let now = estimate(&model.parameters, &state.ability, &belief, concept, model.item_spread, now.0);
            let was = before.get(slug).map_or(Level::NotStarted, |belief| belief.level);
            let (p, low, high) = (now.p, now.low, now.high);
            Some(ConceptChange { concept: slug.clone(), level: belief.level, was, p, low, high })
        };
        concepts.iter().filter_map(change).collect()
    }
}

fn must_start_over(batch: &CourseBatch, standing: Option<&Standing>) -> bool {
    let stale = standing.is_some_and(|standing| standing.parameters_version != batch.course.model.version);
    let tail = standing.map(|standing| standing.tail);
    stale || batch.takes_back || !review::can_append(tail, &batch.answers)
}

/// Ability, tallies and tail as stored; cards and concepts are the caller's to add.
fn stored_state(course: &CourseContent, standing: Option<Standing>) -> State {
    let fresh = State::new(&course.model.parameters);
    match standing {
        Some(Standing { ability, tally, tail, .. }) => State { ability, tally, tail: Some(tail), ..fresh },
        None => fresh,
    }
}

fn concepts_of(course: &CourseContent, questions: &[QuestionId]) -> Vec<String> {
    let items = questions.iter().filter_map(|id| course.model.items.get(id));
    let slugs: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
    slugs.into_iter().cloned().collect()
}
