//! What is derived from the log: cards, beliefs, tallies. Always found through their learner.
//!
//! Reading costs the same whatever the length of the log: by primary key, or by its learner where a course is wanted.

use super::{
    Connection, Result, Source,
    enrolments::{self, Enrolment},
    entity::{card, concept_belief, course_belief, enrolment, learner},
    keyed::{self, Column, Row},
    learners::{self, Learner},
    met,
};
use crate::{
    domain::{
        mastery::{Ability, ConceptBelief, ItemMemory, Level},
        memory::Memory,
        pace::Pace,
        review::{CardState, OrderKey, PaceClass},
        schedule::Card,
        tally::Tally,
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::{StudyDay, Timestamp},
    },
};
use sea_orm::{
    ColumnTrait, Condition, DerivePartialModel, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{DynIden, Expr, IntoCondition, IntoIden},
};
use std::collections::{BTreeMap, HashMap};

pub(super) const LEVELS: [Level; 5] =
    [Level::NotStarted, Level::Learning, Level::Familiar, Level::Proficient, Level::Mastered];

/// A learner's standing in a course, without his cards.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub parameters_version: i32,
    pub ability: Ability,
    pub tally: Tally,
    pub tail: OrderKey,
}

/// A learner in a course.
pub type StandingKey = (LearnerId, String);

/// The standings of several learners.
pub async fn standings(db: &impl Source, keys: &[StandingKey]) -> Result<HashMap<StandingKey, Standing>> {
    let rows = keys.iter().map(|(learner, course)| vec![learner.0.into(), course.as_str().into()]).collect();
    let by = [Column::uuid("learner_id"), Column::text("course")];
    let entry = |row: course_belief::Model| ((LearnerId(row.learner_id), row.course.clone()), standing_from_row(&row));
    let found = keyed::find::<course_belief::Model>(db, ("t.*", "course_belief"), (&by, rows), "").await?;
    Ok(found.into_iter().map(entry).collect())
}

/// The cards of several learners.
pub async fn cards_of(
    db: &impl Source,
    keys: &[(LearnerId, QuestionId)],
) -> Result<HashMap<LearnerId, BTreeMap<QuestionId, CardState>>> {
    let rows = keys.iter().map(|(learner, question)| vec![learner.0.into(), question.0.into()]).collect();
    let by = [Column::uuid("learner_id"), Column::uuid("question_id")];
    let mut found: HashMap<LearnerId, BTreeMap<QuestionId, CardState>> = HashMap::new();
    for row in keyed::find::<card::Model>(db, ("t.*", "card"), (&by, rows), "").await? {
        let learner = LearnerId(row.learner_id);
        let (question, card) = card_from_row(row);
        found.entry(learner).or_default().insert(question, card);
    }
    Ok(found)
}

/// The beliefs of several learners about concepts.
pub async fn beliefs_of(
    db: &impl Source,
    keys: &[(StandingKey, String)],
) -> Result<HashMap<StandingKey, BTreeMap<String, ConceptBelief>>> {
    let row = |((learner, course), concept): &(StandingKey, String)| {
        vec![learner.0.into(), course.as_str().into(), concept.as_str().into()]
    };
    let rows = keys.iter().map(row).collect();
    let by = [Column::uuid("learner_id"), Column::text("course"), Column::text("concept")];
    let mut found: HashMap<StandingKey, BTreeMap<String, ConceptBelief>> = HashMap::new();
    for row in keyed::find::<concept_belief::Model>(db, ("t.*", "concept_belief"), (&by, rows), "").await? {
        let key = (LearnerId(row.learner_id), row.course.clone());
        found.entry(key).or_default().insert(row.concept.clone(), belief_from_row(&row));
    }
    Ok(found)
}

/// All cards and beliefs of whole courses, for folds from nothing.
pub async fn everything_of(db: &impl Source, keys: &[StandingKey]) -> Result<HashMap<StandingKey, Everything>> {
    let rows: Vec<Row> = keys.iter().map(|(learner, course)| vec![learner.0.into(), course.as_str().into()]).collect();
    let by = [Column::uuid("learner_id"), Column::text("course")];
    let mut found: HashMap<StandingKey, Everything> = HashMap::new();
    for row in keyed::find::<card::Model>(db, ("t.*", "card"), (&by, rows.clone()), "").await? {
        let key = (LearnerId(row.learner_id), row.course.clone());
        let version = row.version;
        let (question, card) = card_from_row(row);
        let everything = found.entry(key).or_default();
        everything.cards.insert(question, card);
        everything.versions.insert(question, version);
    }
    for row in keyed::find::<concept_belief::Model>(db, ("t.*", "concept_belief"), (&by, rows), "").await? {
        let key = (LearnerId(row.learner_id), row.course.clone());
        found.entry(key).or_default().concepts.insert(row.concept.clone(), belief_from_row(&row));
    }
    Ok(found)
}

/// A card or a belief as stored, with the number of the stream at which it last changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed<K, V> {
    pub course: String,
    pub key: K,
    pub value: V,
    pub version: i64,
}

/// The learner's cards that changed after number `after` of his stream, up to `until`.
pub async fn changed_cards(
    db: &impl Connection,
    learner: LearnerId,
    (after, until): (i64, i64),
) -> Result<Vec<Changed<QuestionId, CardState>>> {
    let since = card::Column::Version.gt(after).and(card::Column::Version.lte(until));
    let rows = card::Entity::find().filter(card::Column::LearnerId.eq(learner.0)).filter(since);
    let rows = rows.order_by_asc(card::Column::QuestionId).all(db.inner()).await?;
    let changed = |row: card::Model| {
        let (course, version) = (row.course.clone(), row.version);
        let (key, value) = card_from_row(row);
        Changed { course, key, value, version }
    };
    Ok(rows.into_iter().map(changed).collect())
}

/// The learner's beliefs that changed after number `after` of his stream, up to `until`.
pub async fn changed_beliefs(
    db: &impl Connection,
    learner: LearnerId,
    (after, until): (i64, i64),
) -> Result<Vec<Changed<String, ConceptBelief>>> {
    let since = concept_belief::Column::Version.gt(after).and(concept_belief::Column::Version.lte(until));
    let rows = concept_belief::Entity::find().filter(concept_belief::Column::LearnerId.eq(learner.0)).filter(since);
    let rows = rows.order_by_asc(concept_belief::Column::Course).order_by_asc(concept_belief::Column::Concept);
    let changed = |row: concept_belief::Model| {
        let value = belief_from_row(&row);
        Changed { course: row.course, key: row.concept, value, version: row.version }
    };
    Ok(rows.all(db.inner()).await?.into_iter().map(changed).collect())
}

/// What is stored of one learner in one course, but for the standing.
#[derive(Debug, Clone, Default)]
pub struct Everything {
    pub cards: BTreeMap<QuestionId, CardState>,
    /// The number of the stream at which each card last changed.
    pub versions: BTreeMap<QuestionId, i64>,
    pub concepts: BTreeMap<String, ConceptBelief>,
    /// Not read for a fold from nothing, which writes them all anew.
    pub paces: BTreeMap<PaceClass, Pace>,
}

/// The standings of one learner in all courses.
pub async fn every_standing(db: &impl Connection, learner: LearnerId) -> Result<Vec<(String, Standing)>> {
    let rows = course_belief::Entity::find().filter(course_belief::Column::LearnerId.eq(learner.0));
    let rows = rows.order_by_asc(course_belief::Column::Course).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| (row.course.clone(), standing_from_row(&row))).collect())
}

/// The learner, what he chose for a course, and his standing in it; `None` if he is not there. One look-up, because
/// every picture of a course begins with it.
pub async fn student(
    db: &impl Connection,
    learner: LearnerId,
    course: &str,
) -> Result<Option<(Learner, Option<Enrolment>, Option<Standing>)>> {
    let chosen = learner::Entity::belongs_to(enrolment::Entity)
        .from(learner::Column::Id)
        .to(enrolment::Column::LearnerId)
        .on_condition(of_course(enrolment::Column::Course, course));
    let standing = learner::Entity::belongs_to(course_belief::Entity)
        .from(learner::Column::Id)
        .to(course_belief::Column::LearnerId)
        .on_condition(of_course(course_belief::Column::Course, course));
    let rows = learner::Entity::find_by_id(learner.0)
        .join(JoinType::LeftJoin, chosen.into())
        .join(JoinType::LeftJoin, standing.into());
    let Some(row) = rows.into_partial_model::<StudentRow>().one(db.inner()).await? else { return Ok(None) };
    let StudentRow { learner, chosen, standing } = row;
    let chosen = chosen.map(enrolments::from_row);
    Ok(Some((learners::from_row(learner), chosen, standing.as_ref().map(standing_from_row))))
}

#[derive(DerivePartialModel)]
struct StudentRow {
    #[sea_orm(nested)]
    learner: learner::Model,
    #[sea_orm(nested)]
    chosen: Option<enrolment::Model>,
    #[sea_orm(nested)]
    standing: Option<course_belief::Model>,
}

/// The rows of a table that are joined, but of one course only.
fn of_course(
    column: impl IntoIden + Copy + Send + Sync + 'static,
    course: &str,
) -> impl Fn(DynIden, DynIden) -> Condition + Send + Sync + 'static {
    let course = course.to_owned();
    move |_, joined| Expr::col((joined, column)).eq(course.clone()).into_condition()
}

/// The learner's cards among `questions`, however many: by a text that does not vary with their number.
pub async fn cards(
    db: &impl Connection,
    learner: LearnerId,
    questions: &[QuestionId],
) -> Result<BTreeMap<QuestionId, CardState>> {
    let keys: Vec<(LearnerId, QuestionId)> = questions.iter().map(|id| (learner, *id)).collect();
    Ok(cards_of(db, &keys).await?.remove(&learner).unwrap_or_default())
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
    (
        QuestionId(row.question_id),
        CardState { card: row.scheduled.then_some(card), memory, hold: met::hold(row.held_until) },
    )
}

pub(super) fn belief_from_row(row: &concept_belief::Model) -> ConceptBelief {
    ConceptBelief {
        a: row.a,
        v: row.v,
        n: row.n as u32,
        t_k: row.t,
        e_sum: row.e_sum,
        w_sum: row.w_sum,
        level: usize::try_from(row.level).ok().and_then(|at| LEVELS.get(at)).copied().unwrap_or(Level::NotStarted),
        correct_days: row.correct_days as u8,
        last_correct_day: row.last_correct_day,
        usual: row.usual,
    }
}

pub(super) fn standing_from_row(row: &course_belief::Model) -> Standing {
    Standing {
        parameters_version: row.parameters_version,
        ability: Ability { m: row.m, v: row.v, sm: row.sm, sv: row.sv, t_last: row.t },
        tally: Tally { answers: row.answers as u32, reviews: row.reviews as u32, recalled: row.recalled as u32 },
        tail: OrderKey { at: Timestamp(row.tail_at), id: EventId(row.tail_id) },
    }
}
