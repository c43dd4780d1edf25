//! What is derived from the log: cards, beliefs, tallies. Always found through their learner.
//!
//! Reading costs the same whatever the length of the log: by primary key, or along the index of what is due.

use super::{
    Connection, Result, Txn,
    entity::{card, concept_belief, course_belief},
    keyed::{self, Column, Key, hex},
};
use crate::{
    domain::{
        mastery::{Ability, ConceptBelief, ItemMemory, Level},
        memory::Memory,
        review::{CardState, OrderKey, State, Tally},
        schedule::Card,
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const LEVELS: [Level; 5] = [Level::NotStarted, Level::Learning, Level::Familiar, Level::Proficient, Level::Mastered];

/// A learner's standing in a course, without his cards.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub parameters_version: i32,
    pub ability: Ability,
    pub tally: Tally,
    pub tail: OrderKey,
}

/// What a fold gave for one learner and course, and which of it is to be written.
pub struct Folded<'a> {
    pub learner: LearnerId,
    pub course: &'a str,
    pub state: &'a State,
    pub parameters_version: i32,
    /// The stream's head after it, by which a device sees what is new.
    pub version: i64,
    pub scope: Scope<'a>,
}

/// Which rows a fold has to write.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// The questions answered and the concepts they measure.
    Touched { questions: &'a [QuestionId], concepts: &'a [String] },
    /// Everything; what the fold no longer holds is removed.
    Whole,
}

/// A learner in a course.
pub type StandingKey = (LearnerId, String);

/// The standings of several learners.
pub async fn standings(txn: &Txn, keys: &[StandingKey]) -> Result<HashMap<StandingKey, Standing>> {
    let rows: Vec<Vec<String>> = keys.iter().map(|(learner, course)| vec![hex(learner.0), course.clone()]).collect();
    let by = [Key::Uuid("learner_id"), Key::Text("course")];
    let statement = keyed::select(txn.backend(), ("t.*", "course_belief"), &by, &rows, "");
    let rows = course_belief::Entity::find().from_raw_sql(statement).all(txn.inner()).await?;
    Ok(rows.into_iter().map(|row| ((LearnerId(row.learner_id), row.course.clone()), standing_from_row(&row))).collect())
}

/// The cards of several learners.
pub async fn cards_of(
    txn: &Txn,
    keys: &[(LearnerId, QuestionId)],
) -> Result<HashMap<LearnerId, BTreeMap<QuestionId, CardState>>> {
    let rows: Vec<Vec<String>> = keys.iter().map(|(learner, question)| vec![hex(learner.0), hex(question.0)]).collect();
    let by = [Key::Uuid("learner_id"), Key::Uuid("question_id")];
    let statement = keyed::select(txn.backend(), ("t.*", "card"), &by, &rows, "");
    let mut found: HashMap<LearnerId, BTreeMap<QuestionId, CardState>> = HashMap::new();
    for row in card::Entity::find().from_raw_sql(statement).all(txn.inner()).await? {
        let learner = LearnerId(row.learner_id);
        let (question, card) = card_from_row(row);
        found.entry(learner).or_default().insert(question, card);
    }
    Ok(found)
}

/// The beliefs of several learners about concepts.
pub async fn beliefs_of(
    txn: &Txn,
    keys: &[(StandingKey, String)],
) -> Result<HashMap<StandingKey, BTreeMap<String, ConceptBelief>>> {
    let row =
        |((learner, course), concept): &(StandingKey, String)| vec![hex(learner.0), course.clone(), concept.clone()];
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    let by = [Key::Uuid("learner_id"), Key::Text("course"), Key::Text("concept")];
    let statement = keyed::select(txn.backend(), ("t.*", "concept_belief"), &by, &rows, "");
    let mut found: HashMap<StandingKey, BTreeMap<String, ConceptBelief>> = HashMap::new();
    for row in concept_belief::Entity::find().from_raw_sql(statement).all(txn.inner()).await? {
        let key = (LearnerId(row.learner_id), row.course.clone());
        found.entry(key).or_default().insert(row.concept.clone(), belief_from_row(&row));
    }
    Ok(found)
}

pub async fn standing(db: &impl Connection, learner: LearnerId, course: &str) -> Result<Option<Standing>> {
    let row = course_belief::Entity::find_by_id((learner.0, course.to_owned())).one(db.inner()).await?;
    Ok(row.as_ref().map(standing_from_row))
}

/// The learner's cards among `questions`.
pub async fn cards(
    db: &impl Connection,
    learner: LearnerId,
    questions: &[QuestionId],
) -> Result<BTreeMap<QuestionId, CardState>> {
    let among = card::Column::QuestionId.is_in(questions.iter().map(|id| id.0));
    let rows = card::Entity::find().filter(card::Column::LearnerId.eq(learner.0)).filter(among).all(db.inner()).await?;
    Ok(rows.into_iter().map(card_from_row).collect())
}

/// A question the learner has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    pub first_day: StudyDay,
    pub due_day: StudyDay,
}

/// The questions of a course the learner has met. As many rows as the course has questions at most, however long he
/// has studied.
pub async fn met(db: &impl Connection, learner: LearnerId, course: &str) -> Result<HashMap<QuestionId, Met>> {
    let rows: Vec<(Uuid, i32, i32)> = card::Entity::find()
        .filter(card::Column::LearnerId.eq(learner.0))
        .filter(card::Column::Course.eq(course))
        .filter(card::Column::Scheduled.eq(true))
        .select_only()
        .columns([card::Column::QuestionId, card::Column::FirstDay, card::Column::DueDay])
        .into_tuple()
        .all(db.inner())
        .await?;
    let met = |(id, first_day, due_day): (Uuid, i32, i32)| {
        (QuestionId(id), Met { first_day: StudyDay(first_day), due_day: StudyDay(due_day) })
    };
    Ok(rows.into_iter().map(met).collect())
}

/// The learner's beliefs about a course.
pub async fn beliefs(
    db: &impl Connection,
    learner: LearnerId,
    course: &str,
) -> Result<BTreeMap<String, ConceptBelief>> {
    let mine = concept_belief::Column::LearnerId.eq(learner.0).and(concept_belief::Column::Course.eq(course));
    let rows = concept_belief::Entity::find().filter(mine).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| (row.concept.clone(), belief_from_row(&row))).collect())
}

/// Writes what folds gave, all learners' rows of a table in one statement.
pub async fn save(txn: &Txn, folds: &[Folded<'_>]) -> Result<()> {
    let (mut cards, mut beliefs, mut standings) = (Vec::new(), Vec::new(), Vec::new());
    for fold in folds {
        if matches!(fold.scope, Scope::Whole) {
            forget(txn, fold.learner, fold.course).await?;
        }
        cards.extend(card_rows(fold));
        beliefs.extend(belief_rows(fold));
        standings.extend(fold.state.tail.map(|tail| standing_row(fold, tail)));
    }
    write(txn, "card", &CARD, &["learner_id", "question_id"], &cards).await?;
    write(txn, "concept_belief", &BELIEF, &["learner_id", "course", "concept"], &beliefs).await?;
    write(txn, "course_belief", &STANDING, &["learner_id", "course"], &standings).await
}

fn card_rows(fold: &Folded<'_>) -> Vec<Vec<Value>> {
    let cards: Vec<(QuestionId, &CardState)> = match fold.scope {
        Scope::Whole => fold.state.cards.iter().map(|(id, card)| (*id, card)).collect(),
        Scope::Touched { questions, .. } => {
            questions.iter().filter_map(|id| fold.state.cards.get(id).map(|card| (*id, card))).collect()
        }
    };
    cards.into_iter().map(|(id, card)| card_row(fold, id, card)).collect()
}

fn belief_rows(fold: &Folded<'_>) -> Vec<Vec<Value>> {
    let beliefs: Vec<(&String, &ConceptBelief)> = match fold.scope {
        Scope::Whole => fold.state.concepts.iter().collect(),
        Scope::Touched { concepts, .. } => {
            concepts.iter().filter_map(|slug| fold.state.concepts.get_key_value(slug)).collect()
        }
    };
    beliefs.into_iter().map(|(slug, belief)| belief_row(fold, slug, belief)).collect()
}

async fn forget(txn: &Txn, learner: LearnerId, course: &str) -> Result<()> {
    let mine = card::Column::LearnerId.eq(learner.0).and(card::Column::Course.eq(course));
    card::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    let mine = concept_belief::Column::LearnerId.eq(learner.0).and(concept_belief::Column::Course.eq(course));
    concept_belief::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    let mine = course_belief::Column::LearnerId.eq(learner.0).and(course_belief::Column::Course.eq(course));
    course_belief::Entity::delete_many().filter(mine).exec(txn.inner()).await?;
    Ok(())
}

async fn write(txn: &Txn, table: &str, columns: &[Column], key: &[&str], rows: &[Vec<Value>]) -> Result<()> {
    if !rows.is_empty() {
        txn.inner().execute_raw(keyed::insert(txn.backend(), table, columns, key, rows)).await?;
    }
    Ok(())
}

const CARD: [Column; 18] = [
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
];

const BELIEF: [Column; 12] = [
    Column::Uuid("learner_id"),
    Column::Text("course"),
    Column::Text("concept"),
    Column::BigInteger("version"),
    Column::Real("a"),
    Column::Real("v"),
    Column::Integer("n"),
    Column::BigInteger("t"),
    Column::Real("e_sum"),
    Column::Integer("level"),
    Column::Integer("correct_days"),
    Column::Integer("last_correct_day"),
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

fn card_from_row(row: card::Model) -> (QuestionId, CardState) {
    let card = Card {
        memory: Memory { stability: row.stability as f32, difficulty: row.difficulty as f32 },
        first_day: StudyDay(row.first_day),
        last_at: Timestamp(row.last_at),
        last_day: StudyDay(row.last_day),
        due_day: StudyDay(row.due_day),
        due_at: row.due_at.map(Timestamp),
        reps: row.reps as u32,
        lapses: row.lapses as u32,
    };
    let memory = ItemMemory { e: row.memory_e, w: row.memory_w, n: row.memory_n as u32, t: row.memory_t };
    (QuestionId(row.question_id), CardState { card: row.scheduled.then_some(card), memory })
}

/// The values of `CARD`.
fn card_row(fold: &Folded<'_>, id: QuestionId, state: &CardState) -> Vec<Value> {
    let card = state.card;
    vec![
        hex(fold.learner.0).into(),
        hex(id.0).into(),
        fold.course.into(),
        fold.version.into(),
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
    ]
}

fn belief_from_row(row: &concept_belief::Model) -> ConceptBelief {
    ConceptBelief {
        a: row.a,
        v: row.v,
        n: row.n as u32,
        t_k: row.t,
        e_sum: row.e_sum,
        level: usize::try_from(row.level).ok().and_then(|at| LEVELS.get(at)).copied().unwrap_or(Level::NotStarted),
        correct_days: row.correct_days as u8,
        last_correct_day: row.last_correct_day,
    }
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
        level.into(),
        belief.correct_days.into(),
        belief.last_correct_day.into(),
    ]
}

fn standing_from_row(row: &course_belief::Model) -> Standing {
    Standing {
        parameters_version: row.parameters_version,
        ability: Ability { m: row.m, v: row.v, sm: row.sm, sv: row.sv, t_last: row.t },
        tally: Tally { answers: row.answers as u32, reviews: row.reviews as u32, recalled: row.recalled as u32 },
        tail: OrderKey { at: Timestamp(row.tail_at), id: EventId(row.tail_id) },
    }
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
