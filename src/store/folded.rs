//! Writing what a fold gave: cards, beliefs and standings, all learners' rows of a table in one statement.
//!
//! A fold from nothing writes only the rows that differ, so that a device hears of what changed and of nothing else.

use super::{
    Connection, Result, Txn,
    keyed::{self, Column, Key, hex},
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
use sea_orm::ConnectionTrait;
use serde_json::Value;
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
pub async fn save(txn: &Txn, folds: &[Folded<'_>]) -> Result<()> {
    let card_rows = |fold: &Folded<'_>| -> Vec<Vec<Value>> {
        fold.cards().into_iter().map(|(id, card)| card_row(fold, id, card)).collect()
    };
    let belief_rows = |fold: &Folded<'_>| -> Vec<Vec<Value>> {
        fold.beliefs().into_iter().map(|(slug, belief)| belief_row(fold, slug, belief)).collect()
    };
    let cards: Vec<Vec<Value>> = folds.iter().flat_map(card_rows).collect();
    let beliefs: Vec<Vec<Value>> = folds.iter().flat_map(belief_rows).collect();
    let standings: Vec<Vec<Value>> =
        folds.iter().filter_map(|fold| Some(standing_row(fold, fold.state.tail?))).collect();
    write(txn, "card", &CARD, &["learner_id", "question_id"], &cards).await?;
    write(txn, "concept_belief", &BELIEF, &["learner_id", "course", "concept"], &beliefs).await?;
    write(txn, "course_belief", &STANDING, &["learner_id", "course"], &standings).await?;
    tallies::save(txn, folds).await?;
    paces::save(txn, folds).await?;
    forget(txn, folds).await
}

/// Removes what folds from nothing no longer hold.
async fn forget(txn: &Txn, folds: &[Folded<'_>]) -> Result<()> {
    let (mut cards, mut beliefs, mut standings) = (Vec::new(), Vec::new(), Vec::new());
    for fold in folds {
        let Scope::Whole(stored) = fold.scope else { continue };
        let (learner, state) = (hex(fold.learner.0), fold.state);
        let gone = stored.cards.keys().filter(|id| !state.cards.contains_key(*id));
        cards.extend(gone.map(|id| vec![learner.clone(), hex(id.0)]));
        let gone = stored.concepts.keys().filter(|slug| !state.concepts.contains_key(*slug));
        beliefs.extend(gone.map(|slug| vec![learner.clone(), fold.course.to_owned(), slug.clone()]));
        if state.tail.is_none() {
            standings.push(vec![learner, fold.course.to_owned()]);
        }
    }
    let (learner, course) = (Key::Uuid("learner_id"), Key::Text("course"));
    remove(txn, "card", &[learner, Key::Uuid("question_id")], &cards).await?;
    remove(txn, "concept_belief", &[learner, course, Key::Text("concept")], &beliefs).await?;
    remove(txn, "course_belief", &[learner, course], &standings).await
}

async fn remove(txn: &Txn, table: &str, columns: &[Key], keys: &[Vec<String>]) -> Result<()> {
    if !keys.is_empty() {
        txn.inner().execute_raw(keyed::delete(txn.backend(), table, columns, keys)).await?;
    }
    Ok(())
}

async fn write(txn: &Txn, table: &str, columns: &[Column], key: &[&str], rows: &[Vec<Value>]) -> Result<()> {
    if !rows.is_empty() {
        txn.inner().execute_raw(keyed::insert(txn.backend(), table, columns, key, rows)).await?;
    }
    Ok(())
}

const CARD: [Column; 19] = [
    Column::Uuid("learner_id"),
    Column::Uuid("question_id"),
    Column::Text("course"),
    Column::BigInteger("version"),
    Column::Boolean("scheduled"),
    Column::Real("stability"),
    Column::Real("difficulty"),
    Column::Integer("first_day"),
    Column::BigInteger("last_at"),
    Column::Integer("last_day"),
    Column::Integer("due_day"),
    Column::BigInteger("due_at"),
    Column::Integer("reps"),
    Column::Integer("lapses"),
    Column::Real("memory_e"),
    Column::Real("memory_w"),
    Column::Integer("memory_n"),
    Column::BigInteger("memory_t"),
    Column::Integer("held_until"),
];

const BELIEF: [Column; 14] = [
    Column::Uuid("learner_id"),
    Column::Text("course"),
    Column::Text("concept"),
    Column::BigInteger("version"),
    Column::Real("a"),
    Column::Real("v"),
    Column::Integer("n"),
    Column::BigInteger("t"),
    Column::Real("e_sum"),
    Column::Real("w_sum"),
    Column::Integer("level"),
    Column::Integer("correct_days"),
    Column::Integer("last_correct_day"),
    Column::Real("usual"),
];

const STANDING: [Column; 13] = [
    Column::Uuid("learner_id"),
    Column::Text("course"),
    Column::Integer("parameters_version"),
    Column::Real("m"),
    Column::Real("v"),
    Column::Real("sm"),
    Column::Real("sv"),
    Column::BigInteger("t"),
    Column::BigInteger("tail_at"),
    Column::Uuid("tail_id"),
    Column::Integer("answers"),
    Column::Integer("reviews"),
    Column::Integer("recalled"),
];

/// The values of `CARD`.
fn card_row(fold: &Folded<'_>, id: QuestionId, state: &CardState) -> Vec<Value> {
    let card = state.card;
    vec![
        hex(fold.learner.0).into(),
        hex(id.0).into(),
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
fn belief_row(fold: &Folded<'_>, concept: &str, belief: &ConceptBelief) -> Vec<Value> {
    let level = LEVELS.iter().position(|level| *level == belief.level).unwrap_or(0);
    vec![
        hex(fold.learner.0).into(),
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
fn standing_row(fold: &Folded<'_>, tail: OrderKey) -> Vec<Value> {
    let State { ability, tally, .. } = fold.state;
    vec![
        hex(fold.learner.0).into(),
        fold.course.into(),
        fold.parameters_version.into(),
        ability.m.into(),
        ability.v.into(),
        ability.sm.into(),
        ability.sv.into(),
        ability.t_last.into(),
        tail.at.0.into(),
        hex(tail.id.0).into(),
        tally.answers.into(),
        tally.reviews.into(),
        tally.recalled.into(),
    ]
}
