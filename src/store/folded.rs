//! Writing what a fold gave: cards, beliefs and standings, all learners' rows of a table in one statement.
//!
//! A fold from nothing writes only the rows that differ, so that a device hears of what changed and of nothing else.

use super::{
    Batch, Result,
    keyed::{self, Column, Row},
    met, paces,
    study::{Everything, LEVELS},
    tallies,
};
use crate::{
    domain::{
        mastery::ConceptBelief,
        pace::Pace,
        review::{CardState, OrderKey, PaceClass, State},
    },
    vocab::id::{LearnerId, QuestionId},
};
use std::collections::BTreeMap;

/// What a fold gave for one learner and course, and which of it is to be written.
pub struct Folded<'a> {
    pub learner: LearnerId,
    pub course: &'a str,
    pub state: &'a State,
    pub parameters_version: i32,
    /// The stream's head after it, by which a device sees what is new.
    pub version: i64,
    /// Every card is new to devices, whatever its row says.
    pub days_moved: bool,
    pub scope: Scope<'a>,
    /// Paces as they were stored, of the types that were answered; not needed of a fold from nothing.
    pub paces: &'a BTreeMap<PaceClass, Pace>,
}

/// Which rows a fold has to write.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// The questions answered and the concepts they measure.
    Touched { questions: &'a [QuestionId], concepts: &'a [String] },
    /// Whatever differs from what is stored; what the fold no longer holds is removed.
    Whole(&'a Everything),
}

impl Folded<'_> {
    /// Whether a device would see cards or beliefs differ from what is stored.
    pub fn differs(&self) -> bool {
        match self.scope {
            Scope::Touched { .. } => true,
            Scope::Whole(stored) => {
                let is_new = |id: &QuestionId| self.version_of(*id) == self.version;
                self.state.cards.keys().any(is_new)
                    || stored.cards.len() != self.state.cards.len()
                    || stored.concepts != self.state.concepts
            }
        }
    }

    fn cards(&self) -> Vec<(QuestionId, &CardState)> {
        let every = &self.state.cards;
        match self.scope {
            Scope::Touched { questions, .. } => {
                questions.iter().filter_map(|id| every.get(id).map(|card| (*id, card))).collect()
            }
            Scope::Whole(stored) => {
                let is_new = |id, card| self.days_moved || stored.cards.get(id) != Some(card);
                let new = every.iter().filter(|(id, card)| is_new(*id, *card));
                new.map(|(id, card)| (*id, card)).collect()
            }
        }
    }

    fn beliefs(&self) -> Vec<(&String, &ConceptBelief)> {
        let every = &self.state.concepts;
        match self.scope {
            Scope::Touched { concepts, .. } => concepts.iter().filter_map(|slug| every.get_key_value(slug)).collect(),
            Scope::Whole(stored) => {
                every.iter().filter(|(slug, belief)| stored.concepts.get(*slug) != Some(belief)).collect()
            }
        }
    }

    /// A late answer moves what the mastery filter remembers of every later question; for a device a card changes only
    /// with its schedule and with whether it is asked.
    fn version_of(&self, question: QuestionId) -> i64 {
        let Scope::Whole(stored) = self.scope else { return self.version };
        let card = |cards: &BTreeMap<QuestionId, CardState>| cards.get(&question).map(|state| (state.card, state.hold));
        let is_same = !self.days_moved && card(&stored.cards) == card(&self.state.cards);
        let known = stored.versions.get(&question).filter(|_| is_same);
        known.copied().unwrap_or(self.version)
    }
}

/// Writes what folds gave.
pub async fn save(batch: &mut Batch<'_>, folds: &[Folded<'_>]) -> Result<()> {
    let card_rows = |fold: &Folded<'_>| -> Vec<Row> {
        fold.cards().into_iter().map(|(id, card)| card_row(fold, id, card)).collect()
    };
    let belief_rows = |fold: &Folded<'_>| -> Vec<Row> {
        fold.beliefs().into_iter().map(|(slug, belief)| belief_row(fold, slug, belief)).collect()
    };
    let cards: Vec<Row> = folds.iter().flat_map(card_rows).collect();
    let beliefs: Vec<Row> = folds.iter().flat_map(belief_rows).collect();
    let standings: Vec<Row> = folds.iter().filter_map(|fold| Some(standing_row(fold, fold.state.tail?))).collect();
    keyed::insert(batch, "card", (&CARD, &["learner_id", "question_id"]), cards).await?;
    keyed::insert(batch, "concept_belief", (&BELIEF, &["learner_id", "course", "concept"]), beliefs).await?;
    keyed::insert(batch, "course_belief", (&STANDING, &["learner_id", "course"]), standings).await?;
    tallies::save(batch, folds).await?;
    paces::save(batch, folds).await?;
    forget(batch, folds).await
}

/// Removes what folds from nothing no longer hold.
async fn forget(batch: &mut Batch<'_>, folds: &[Folded<'_>]) -> Result<()> {
    let (mut cards, mut beliefs, mut standings) = (Vec::new(), Vec::new(), Vec::new());
    for fold in folds {
        let Scope::Whole(stored) = fold.scope else { continue };
        let (learner, course, state) = (fold.learner.0, fold.course, fold.state);
        let gone = stored.cards.keys().filter(|id| !state.cards.contains_key(*id));
        cards.extend(gone.map(|id| vec![learner.into(), id.0.into()]));
        let gone = stored.concepts.keys().filter(|slug| !state.concepts.contains_key(*slug));
        beliefs.extend(gone.map(|slug| vec![learner.into(), course.into(), slug.as_str().into()]));
        if state.tail.is_none() {
            standings.push(vec![learner.into(), course.into()]);
        }
    }
    let (learner, course) = (Column::uuid("learner_id"), Column::text("course"));
    keyed::delete(batch, "card", &[learner, Column::uuid("question_id")], cards).await?;
    keyed::delete(batch, "concept_belief", &[learner, course, Column::text("concept")], beliefs).await?;
    keyed::delete(batch, "course_belief", &[learner, course], standings).await
}

const CARD: [Column; 19] = [
    Column::uuid("learner_id"),
    Column::uuid("question_id"),
    Column::text("course"),
    Column::big_integer("version"),
    Column::boolean("scheduled"),
    Column::real("stability"),
    Column::real("difficulty"),
    Column::integer("first_day"),
    Column::big_integer("last_at"),
    Column::integer("last_day"),
    Column::integer("due_day"),
    Column::big_integer("due_at").or_null(),
    Column::integer("reps"),
    Column::integer("lapses"),
    Column::real("memory_e"),
    Column::real("memory_w"),
    Column::integer("memory_n"),
    Column::big_integer("memory_t").or_null(),
    Column::integer("held_until").or_null(),
];

const BELIEF: [Column; 14] = [
    Column::uuid("learner_id"),
    Column::text("course"),
    Column::text("concept"),
    Column::big_integer("version"),
    Column::real("a"),
    Column::real("v"),
    Column::integer("n"),
    Column::big_integer("t").or_null(),
    Column::real("e_sum"),
    Column::real("w_sum"),
    Column::integer("level"),
    Column::integer("correct_days"),
    Column::integer("last_correct_day").or_null(),
    Column::real("usual").or_null(),
];

const STANDING: [Column; 13] = [
    Column::uuid("learner_id"),
    Column::text("course"),
    Column::integer("parameters_version"),
    Column::real("m"),
    Column::real("v"),
    Column::real("sm"),
    Column::real("sv"),
    Column::big_integer("t").or_null(),
    Column::big_integer("tail_at"),
    Column::uuid("tail_id"),
    Column::integer("answers"),
    Column::integer("reviews"),
    Column::integer("recalled"),
];

/// The values of `CARD`.
fn card_row(fold: &Folded<'_>, id: QuestionId, state: &CardState) -> Row {
    let card = state.card;
    vec![
        fold.learner.0.into(),
        id.0.into(),
        fold.course.into(),
        fold.version_of(id).into(),
        card.is_some().into(),
        card.map_or(0.0, |card| f64::from(card.memory.stability)).into(),
        card.map_or(0.0, |card| f64::from(card.memory.difficulty)).into(),
        card.map_or(0, |card| card.first_day.0).into(),
        card.map_or(0, |card| card.last_at.0).into(),
        card.map_or(0, |card| card.last_day.0).into(),
        card.map_or(i32::MAX, |card| card.due_day.0).into(),
        card.and_then(|card| card.due_at).map(|at| at.0).into(),
        card.map_or(0, |card| card.reps).into(),
        card.map_or(0, |card| card.lapses).into(),
        state.memory.e.into(),
        state.memory.w.into(),
        state.memory.n.into(),
        state.memory.t.into(),
        met::held_until(state.hold).into(),
    ]
}

/// The values of `BELIEF`.
fn belief_row(fold: &Folded<'_>, concept: &str, belief: &ConceptBelief) -> Row {
    let level = LEVELS.iter().position(|level| *level == belief.level).unwrap_or(0) as i64;
    vec![
        fold.learner.0.into(),
        fold.course.into(),
        concept.into(),
        fold.version.into(),
        belief.a.into(),
        belief.v.into(),
        belief.n.into(),
        belief.t_k.into(),
        belief.e_sum.into(),
        belief.w_sum.into(),
        level.into(),
        belief.correct_days.into(),
        belief.last_correct_day.into(),
        belief.usual.into(),
    ]
}

/// The values of `STANDING`.
fn standing_row(fold: &Folded<'_>, tail: OrderKey) -> Row {
    let State { ability, tally, .. } = fold.state;
    vec![
        fold.learner.0.into(),
        fold.course.into(),
        fold.parameters_version.into(),
        ability.m.into(),
        ability.v.into(),
        ability.sm.into(),
        ability.sv.into(),
        ability.t_last.into(),
        tail.at.0.into(),
        tail.id.0.into(),
        tally.answers.into(),
        tally.reviews.into(),
        tally.recalled.into(),
    ]
}
