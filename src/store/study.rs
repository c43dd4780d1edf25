//! What is derived from the log: cards, beliefs, tallies. Always found through their learner.
//!
//! Reading costs the same whatever the length of the log: by primary key, or along the index of what is due.

use super::{
    Connection, INSERT_CHUNK, Result, Txn,
    entity::{card, concept_belief, course_belief},
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
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
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

/// Which rows a fold has to write.
pub enum Scope<'a> {
    /// The questions answered and the concepts they measure.
    Touched { questions: &'a [QuestionId], concepts: &'a [String] },
    /// Everything; what the fold no longer holds is removed.
    Whole,
}

pub async fn standing(db: &impl Connection, learner: LearnerId, course: &str) -> Result<Option<Standing>> {
    let row = course_belief::Entity::find_by_id((learner.0, course.to_owned())).one(db.inner()).await?;
    Ok(row.map(|row| Standing {
        parameters_version: row.parameters_version,
        ability: Ability { m: row.m, v: row.v, sm: row.sm, sv: row.sv, t_last: row.t },
        tally: Tally { answers: row.answers as u32, reviews: row.reviews as u32, recalled: row.recalled as u32 },
        tail: OrderKey { at: Timestamp(row.tail_at), id: EventId(row.tail_id) },
    }))
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

/// The learner's beliefs, of all concepts of a course or of those in `among`.
pub async fn beliefs(
    db: &impl Connection,
    learner: LearnerId,
    course: &str,
    among: Option<&[String]>,
) -> Result<BTreeMap<String, ConceptBelief>> {
    let mut query = concept_belief::Entity::find()
        .filter(concept_belief::Column::LearnerId.eq(learner.0))
        .filter(concept_belief::Column::Course.eq(course));
    if let Some(among) = among {
        query = query.filter(concept_belief::Column::Concept.is_in(among));
    }
    let rows = query.all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| (row.concept.clone(), belief_from_row(&row))).collect())
}

/// Writes what a fold gave. `version` is the stream's head after it, by which a device sees what is new.
pub async fn save(
    txn: &Txn,
    learner: LearnerId,
    course: &str,
    (state, parameters_version): (&State, i32),
    (scope, version): (Scope<'_>, i64),
) -> Result<()> {
    let (mut questions, mut concepts): (Vec<_>, Vec<_>) = match &scope {
        Scope::Whole => {
            forget(txn, learner, course).await?;
            (state.cards.keys().copied().collect(), state.concepts.keys().cloned().collect())
        }
        Scope::Touched { questions, concepts } => (questions.to_vec(), concepts.to_vec()),
    };
    questions.sort_unstable();
    questions.dedup();
    concepts.sort_unstable();
    concepts.dedup();
    let cards = questions.iter().filter_map(|id| state.cards.get(id).map(|card| (*id, card)));
    save_cards(txn, cards.map(|(id, card)| card_row(learner, course, version, id, card)).collect()).await?;
    let beliefs = concepts.iter().filter_map(|slug| state.concepts.get(slug).map(|belief| (slug, belief)));
    let rows = beliefs.map(|(slug, belief)| belief_row(learner, course, version, slug, belief)).collect();
    save_beliefs(txn, rows).await?;
    match state.tail {
        Some(tail) => save_standing(txn, standing_row(learner, course, parameters_version, state, tail)).await,
        None => Ok(()),
    }
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

async fn save_cards(txn: &Txn, rows: Vec<card::ActiveModel>) -> Result<()> {
    use card::Column::{
        Difficulty, DueAt, DueDay, FirstDay, Lapses, LastAt, LastDay, LearnerId, MemoryE, MemoryN, MemoryT, MemoryW,
        QuestionId, Reps, Scheduled, Stability, Version,
    };
    let replace = OnConflict::columns([LearnerId, QuestionId])
        .update_columns([Version, Scheduled, Stability, Difficulty, FirstDay, LastAt, LastDay, DueDay, DueAt])
        .update_columns([Reps, Lapses, MemoryE, MemoryW, MemoryN, MemoryT])
        .to_owned();
    for chunk in rows.chunks(INSERT_CHUNK) {
        let insert = card::Entity::insert_many(chunk.to_vec()).on_conflict(replace.clone());
        insert.exec_without_returning(txn.inner()).await?;
    }
    Ok(())
}

async fn save_beliefs(txn: &Txn, rows: Vec<concept_belief::ActiveModel>) -> Result<()> {
    use concept_belief::Column::{A, Concept, CorrectDays, Course, ESum, LastCorrectDay, LearnerId, Level, N, T, V};
    let replace = OnConflict::columns([LearnerId, Course, Concept])
        .update_columns([concept_belief::Column::Version, A, V, N, T, ESum, Level, CorrectDays, LastCorrectDay])
        .to_owned();
    for chunk in rows.chunks(INSERT_CHUNK) {
        let insert = concept_belief::Entity::insert_many(chunk.to_vec()).on_conflict(replace.clone());
        insert.exec_without_returning(txn.inner()).await?;
    }
    Ok(())
}

async fn save_standing(txn: &Txn, row: course_belief::ActiveModel) -> Result<()> {
    use course_belief::Column::{
        Answers, Course, LearnerId, M, ParametersVersion, Recalled, Reviews, Sm, Sv, T, TailAt, TailId, V,
    };
    let replace = OnConflict::columns([LearnerId, Course])
        .update_columns([ParametersVersion, M, V, Sm, Sv, T, TailAt, TailId, Answers, Reviews, Recalled])
        .to_owned();
    course_belief::Entity::insert(row).on_conflict(replace).exec_without_returning(txn.inner()).await?;
    Ok(())
}

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

fn card_row(learner: LearnerId, course: &str, version: i64, id: QuestionId, state: &CardState) -> card::ActiveModel {
    let card = state.card;
    card::ActiveModel {
        learner_id: Set(learner.0),
        question_id: Set(id.0),
        course: Set(course.to_owned()),
        version: Set(version),
        scheduled: Set(card.is_some()),
        stability: Set(card.map_or(0.0, |card| card.memory.stability.into())),
        difficulty: Set(card.map_or(0.0, |card| card.memory.difficulty.into())),
        first_day: Set(card.map_or(0, |card| card.first_day.0)),
        last_at: Set(card.map_or(0, |card| card.last_at.0)),
        last_day: Set(card.map_or(0, |card| card.last_day.0)),
        due_day: Set(card.map_or(i32::MAX, |card| card.due_day.0)),
        due_at: Set(card.and_then(|card| card.due_at).map(|at| at.0)),
        reps: Set(card.map_or(0, |card| card.reps as i32)),
        lapses: Set(card.map_or(0, |card| card.lapses as i32)),
        memory_e: Set(state.memory.e),
        memory_w: Set(state.memory.w),
        memory_n: Set(state.memory.n as i32),
        memory_t: Set(state.memory.t),
    }
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

fn belief_row(
    learner: LearnerId,
    course: &str,
    version: i64,
    concept: &str,
    belief: &ConceptBelief,
) -> concept_belief::ActiveModel {
    let level = LEVELS.iter().position(|level| *level == belief.level).unwrap_or(0);
    concept_belief::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.to_owned()),
        concept: Set(concept.to_owned()),
        version: Set(version),
        a: Set(belief.a),
        v: Set(belief.v),
        n: Set(belief.n as i32),
        t: Set(belief.t_k),
        e_sum: Set(belief.e_sum),
        level: Set(level as i32),
        correct_days: Set(belief.correct_days.into()),
        last_correct_day: Set(belief.last_correct_day),
    }
}

fn standing_row(
    learner: LearnerId,
    course: &str,
    parameters_version: i32,
    state: &State,
    tail: OrderKey,
) -> course_belief::ActiveModel {
    course_belief::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(course.to_owned()),
        parameters_version: Set(parameters_version),
        m: Set(state.ability.m),
        v: Set(state.ability.v),
        sm: Set(state.ability.sm),
        sv: Set(state.ability.sv),
        t: Set(state.ability.t_last),
        tail_at: Set(tail.at.0),
        tail_id: Set(tail.id.0),
        answers: Set(state.tally.answers as i32),
        reviews: Set(state.tally.reviews as i32),
        recalled: Set(state.tally.recalled as i32),
    }
}
