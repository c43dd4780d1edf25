//! From stored state and new answers to new stored state, for every learner and course of one commit.
//!
//! Answers that come after everything stored are folded onto the rows they touch; late ones, taken back ones, or new
//! parameters start from the whole log. Both ways end in the same state, bit by bit. What is read and written is read
//! and written for all learners at once.

use super::{App, CardView, ConceptChange, CourseContent, Enrolment, Result};
use crate::{
    domain::{
        mastery::{ConceptBelief, Level, estimate},
        review::{self, Answer, Rules, State},
        schedule,
    },
    store::{
        self, Txn,
        answers::EventKey,
        study::{Folded, Scope, Standing, StandingKey},
    },
    vocab::id::{EventId, LearnerId, QuestionId},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What a commit does to one learner in one course.
pub(super) struct CourseBatch {
    pub course: Arc<CourseContent>,
    pub enrolment: Enrolment,
    pub answers: Vec<Answer>,
    /// Questions whose card may have changed.
    pub questions: BTreeSet<QuestionId>,
    /// Something that was folded is taken back, so the fold must begin anew.
    pub takes_back: bool,
}

/// One learner in one course, on the way through a fold.
pub(super) struct Fold {
    learner: LearnerId,
    /// The stream's head after the commit.
    version: i64,
    batch: CourseBatch,
    questions: Vec<QuestionId>,
    concepts: Vec<String>,
    before: BTreeMap<String, ConceptBelief>,
    state: State,
    from_scratch: bool,
}

impl CourseBatch {
    pub(super) fn new(course: Arc<CourseContent>, enrolment: Enrolment) -> Self {
        Self { course, enrolment, answers: Vec::new(), questions: BTreeSet::new(), takes_back: false }
    }
}

impl Fold {
    pub(super) fn new(learner: LearnerId, version: i64, batch: CourseBatch) -> Self {
        let questions: Vec<QuestionId> = batch.questions.iter().copied().collect();
        let items = questions.iter().filter_map(|id| batch.course.model.items.get(id));
        let concepts: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
        let concepts = concepts.into_iter().cloned().collect();
        let state = State::new(&batch.course.model.parameters);
        let (before, from_scratch) = (BTreeMap::new(), false);
        Self { learner, version, batch, questions, concepts, before, state, from_scratch }
    }

    pub(super) fn key(&self) -> StandingKey {
        (self.learner, self.batch.course.course.slug.clone())
    }

    fn rules<'a>(&'a self, app: &'a App) -> Rules<'a> {
        Rules { model: &app.model, course: &self.batch.course.model, settings: self.batch.enrolment.settings() }
    }

    fn must_start_over(&self, standing: Option<&Standing>) -> bool {
        let version = self.batch.course.model.version;
        let stale = standing.is_some_and(|standing| standing.parameters_version != version);
        let tail = standing.map(|standing| standing.tail);
        stale || self.batch.takes_back || !review::can_append(tail, &self.batch.answers)
    }

    fn result(&self) -> Folded<'_> {
        Folded {
            learner: self.learner,
            course: &self.batch.course.course.slug,
            state: &self.state,
            parameters_version: self.batch.course.model.version,
            version: self.version,
            scope: match self.from_scratch {
                true => Scope::Whole,
                false => Scope::Touched { questions: &self.questions, concepts: &self.concepts },
            },
        }
    }
}

impl App {
    /// Folds a commit's answers into every learner's state and stores it. `voided` are the events of the commit that
    /// were taken back before they came.
    pub(super) async fn fold_all(&self, txn: &Txn, folds: &mut [Fold], voided: &BTreeSet<EventKey>) -> Result<()> {
        let keys: Vec<StandingKey> = folds.iter().map(Fold::key).collect();
        let mut standings = store::study::standings(txn, &keys).await?;
        let cards = folds.iter().flat_map(|fold| fold.questions.iter().map(|question| (fold.learner, *question)));
        let mut cards = store::study::cards_of(txn, &cards.collect::<Vec<_>>()).await?;
        let concepts = folds.iter().flat_map(|fold| fold.concepts.iter().map(|concept| (fold.key(), concept.clone())));
        let mut beliefs = store::study::beliefs_of(txn, &concepts.collect::<Vec<_>>()).await?;
        for fold in folds.iter_mut() {
            let standing = standings.remove(&fold.key());
            fold.before = beliefs.remove(&fold.key()).unwrap_or_default();
            if fold.must_start_over(standing.as_ref()) {
                self.start_over(txn, fold).await?;
                continue;
            }
            let cards = own_cards(&mut cards, fold);
            let stored = State { cards, concepts: fold.before.clone(), ..stored_state(fold, standing) };
            let voided: BTreeSet<EventId> =
                voided.iter().filter(|(learner, _)| *learner == fold.learner).map(|(_, id)| *id).collect();
            fold.state = review::apply(&fold.rules(self), stored, &fold.batch.answers, &voided);
        }
        let results: Vec<Folded<'_>> = folds.iter().map(Fold::result).collect();
        Ok(store::study::save(txn, &results).await?)
    }

    /// Folds the whole log of a course under new settings and stores what comes out.
    pub(super) async fn fold_again(
        &self,
        txn: &Txn,
        (learner, version): (LearnerId, i64),
        batch: CourseBatch,
    ) -> Result<()> {
        let mut fold = Fold::new(learner, version, batch);
        self.start_over(txn, &mut fold).await?;
        Ok(store::study::save(txn, &[fold.result()]).await?)
    }

    async fn start_over(&self, txn: &Txn, fold: &mut Fold) -> Result<()> {
        let course = &fold.batch.course;
        let (log, voided) = store::answers::history(txn, fold.learner, &course.course.slug).await?;
        let fresh = State::new(&course.model.parameters);
        fold.state = review::apply(&fold.rules(self), fresh, &log, &voided);
        fold.from_scratch = true;
        Ok(())
    }

    /// The cards of a fold among `questions`, as the learner's device wants them.
    pub(super) fn card_views(&self, fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<CardView> {
        let (now, day, rules) = (self.clock.now(), fold.batch.enrolment.day(), fold.rules(self));
        let today = day.day_of(now, None);
        let cards = questions.iter().filter_map(|id| Some((*id, fold.state.cards.get(id)?.card?)));
        let view = |(question, card): (QuestionId, schedule::Card)| CardView {
            question,
            version: fold.version,
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

    /// Those of `questions` that have no card any more.
    pub(super) fn removed(fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<QuestionId> {
        questions.iter().copied().filter(|id| !fold.state.cards.contains_key(id)).collect()
    }

    /// What a fold did to the concepts that `questions` measure.
    pub(super) fn concept_changes(&self, fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<ConceptChange> {
        let (model, now) = (&fold.batch.course.model, self.clock.now());
        let items = questions.iter().filter_map(|id| model.items.get(id));
        let concepts: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
        let prior = ConceptBelief::prior(&model.parameters);
        let change = |slug: &String| {
            let concept = model.concepts.get(slug)?;
            let belief = fold.state.concepts.get(slug).copied().unwrap_or(prior);
            let now = estimate(&model.parameters, &fold.state.ability, &belief, concept, model.item_spread, now.0);
            let was = fold.before.get(slug).map_or(Level::NotStarted, |belief| belief.level);
            let (p, low, high) = (now.p, now.low, now.high);
            Some(ConceptChange { concept: slug.clone(), level: belief.level, was, p, low, high })
        };
        concepts.into_iter().filter_map(change).collect()
    }
}

/// The learner's cards of one course; another course of the same learner takes its own.
fn own_cards(
    cards: &mut HashMap<LearnerId, BTreeMap<QuestionId, review::CardState>>,
    fold: &Fold,
) -> BTreeMap<QuestionId, review::CardState> {
    let Some(mine) = cards.get_mut(&fold.learner) else { return BTreeMap::new() };
    fold.questions.iter().filter_map(|id| mine.remove_entry(id)).collect()
}

/// Ability, tallies and tail as stored; cards and concepts are the caller's to add.
fn stored_state(fold: &Fold, standing: Option<Standing>) -> State {
    let fresh = State::new(&fold.batch.course.model.parameters);
    match standing {
        Some(Standing { ability, tally, tail, .. }) => State { ability, tally, tail: Some(tail), ..fresh },
        None => fresh,
    }
}
