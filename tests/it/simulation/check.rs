//! What is stored against what the oracle holds, to the last bit: floats print in the shortest form that reads back the
//! same.

use super::oracle::{Student, What};
use laerd::{
    app::Catalogue,
    domain::{
        mastery::{ConceptBelief, Level},
        pace::{Occasion, Pace},
        review::{CardState, Hold, PaceClass, State},
        tally::DayTally,
    },
    store::{
        Connection, Db,
        entity::{card, concept_belief, course_belief, day_tally, event, pace},
    },
    vocab::{
        id::{LearnerId, QuestionId},
        time::StudyDay,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;

/// Holds, or why not.
pub type Check<T = ()> = Result<T, String>;

/// How often something happened, so that a run can show what it has tried.
#[derive(Debug, Clone, Default)]
pub struct Counts(pub BTreeMap<&'static str, u64>);

/// What a run of any length has tried; a simulation that no longer does shows nothing.
pub const TRIED: [&str; 20] = [
    "requests",
    "applied",
    "reviews applied",
    "holds applied",
    "duplicates",
    "rejections: invalid",
    "rejections: unknown question",
    "rejections: unsupported version",
    "rejections: id reused",
    "rejections: clock ahead",
    "voids of what was there",
    "voids before their answer",
    "pages",
    "cursors expired",
    "snapshots",
    "restores",
    "refolds",
    "regrades",
    "events merged",
    "late requests for who is gone",
];

impl Counts {
    pub fn add(&mut self, what: &'static str, count: u64) {
        *self.0.entry(what).or_default() += count;
    }

    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|(what, count)| self.add(what, *count));
    }
}

/// A learner's rows as text, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The stream by its numbers.
    pub stream: Vec<String>,
    /// The same with all that is stored of each event.
    pub log: Vec<String>,
    /// Cards, beliefs, days, paces and standings, without the versions that tell when a row was written.
    pub derived: Vec<String>,
}

/// What the database holds of a learner.
pub async fn stored(db: &Db, learner: LearnerId) -> Rows {
    let (db, id) = (db.inner(), learner.0);
    let events = event::Entity::find().filter(event::Column::LearnerId.eq(id)).order_by_asc(event::Column::Seq);
    let events = events.all(db).await.expect("events");
    let cards = card::Entity::find().filter(card::Column::LearnerId.eq(id)).order_by_asc(card::Column::QuestionId);
    let cards = cards.all(db).await.expect("cards");
    let beliefs = concept_belief::Entity::find().filter(concept_belief::Column::LearnerId.eq(id));
    let beliefs = beliefs.all(db).await.expect("beliefs");
    let standings = course_belief::Entity::find().filter(course_belief::Column::LearnerId.eq(id));
    let standings = standings.all(db).await.expect("standings");
    let days = day_tally::Entity::find().filter(day_tally::Column::LearnerId.eq(id)).all(db).await.expect("days");
    let mut derived: Vec<String> = cards.iter().map(card_row).collect();
    derived.extend(days.iter().map(day_row));
    let paces = pace::Entity::find().filter(pace::Column::LearnerId.eq(id)).all(db).await.expect("paces");
    let pace = |row: &pace::Model| format!("pace {} {} {} {}", row.course, row.kind, row.occasion, row.times);
    derived.extend(paces.iter().map(pace));
    derived.extend(beliefs.iter().map(belief_row));
    derived.extend(standings.iter().map(standing_row));
    derived.sort_unstable();
    let stream = events.iter().map(|event| format!("{} {} {}", event.seq, event.kind, event.id)).collect();
    let whole = |event: event::Model| format!("{:?}", event::Model { learner_id: uuid::Uuid::nil(), ..event });
    Rows { stream, log: events.into_iter().map(whole).collect(), derived }
}

/// The events after a number.
pub async fn after(db: &Db, learner: LearnerId, seq: i64) -> Vec<event::Model> {
    let mine = event::Column::LearnerId.eq(learner.0).and(event::Column::Seq.gt(seq));
    event::Entity::find().filter(mine).order_by_asc(event::Column::Seq).all(db.inner()).await.expect("events")
}

/// What it must hold.
pub fn expected(student: &Student, catalogue: &Catalogue) -> Rows {
    let mut stream: Vec<(i64, String)> = student
        .log
        .iter()
        .map(|(id, event)| {
            let kind = match event.what {
                What::Answer { .. } => event.value["kind"].as_str().expect("a kind"),
                What::Void(_) => "void",
                What::Server { regrades: Some(_) } => "regrade",
                What::Server { regrades: None } => "refold",
            };
            (event.seq, format!("{} {kind} {id}", event.seq))
        })
        .collect();
    stream.sort_unstable();
    let mut derived = Vec::new();
    for course in catalogue.courses() {
        let state = student.fold(course);
        let slug = course.course.slug.as_str();
        derived.extend(state.cards.iter().map(|(id, state)| card_text(slug, *id, state)));
        derived.extend(state.concepts.iter().map(|(concept, belief)| belief_text(slug, concept, belief)));
        derived.extend(state.days.iter().map(|(day, tally)| day_text(slug, *day, tally)));
        let paces = state.paces.iter().filter(|(_, pace)| !pace.as_bytes().is_empty());
        derived.extend(paces.map(|(class, pace)| pace_text(slug, *class, pace)));
        derived.extend(standing_text(slug, course.model.version, &state));
    }
    derived.sort_unstable();
    Rows { stream: stream.into_iter().map(|(_, row)| row).collect(), log: Vec::new(), derived }
}

impl Rows {
    /// The first rows in which two differ.
    pub fn same_as(&self, expected: &Self) -> Check {
        let stream = self.stream.iter().map(Some).chain(std::iter::repeat(None));
        for (number, (found, wanted)) in stream.zip(expected.stream.iter().map(Some).chain([None])).enumerate() {
            if found != wanted {
                return Err(format!("the stream differs at {}: {found:?}, not {wanted:?}", number + 1));
            }
        }
        let only = |a: &[String], b: &[String]| a.iter().filter(|row| !b.contains(row)).cloned().collect::<Vec<_>>();
        let (extra, missing) = (only(&self.derived, &expected.derived), only(&expected.derived, &self.derived));
        if extra.is_empty() && missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the state differs:\n  stored   {}\n  expected {}",
            extra.join("\n           "),
            missing.join("\n           ")
        ))
    }
}

fn card_row(row: &card::Model) -> String {
    format!(
        "card {} {} {} {:?} {:?} {} {} {} {} {:?} {} {} {:?} {:?} {} {:?} {:?}",
        row.course,
        row.question_id,
        row.scheduled,
        row.stability,
        row.difficulty,
        row.first_day,
        row.last_at,
        row.last_day,
        row.due_day,
        row.due_at,
        row.reps,
        row.lapses,
        row.memory_e,
        row.memory_w,
        row.memory_n,
        row.memory_t,
        row.held_until,
    )
}

/// The same of what the oracle folded. A card that was only practised has nothing to say of its schedule.
fn card_text(course: &str, id: QuestionId, state: &CardState) -> String {
    let memory = state.memory;
    let schedule = match state.card {
        Some(card) => format!(
            "true {:?} {:?} {} {} {} {} {:?} {} {}",
            f64::from(card.memory.stability),
            f64::from(card.memory.difficulty),
            card.first_day.0,
            card.last_at.0,
            card.last_day.0,
            card.due_day.0,
            card.due_at.map(|at| at.0),
            card.reps,
            card.lapses,
        ),
        None => format!("false 0.0 0.0 0 0 0 {} None 0 0", i32::MAX),
    };
    let held_until = state.hold.map(|hold| match hold {
        Hold::Suspended => i32::MAX,
        Hold::Until(day) => day.0,
    });
    format!("card {course} {id} {schedule} {:?} {:?} {} {:?} {held_until:?}", memory.e, memory.w, memory.n, memory.t)
}

fn belief_row(row: &concept_belief::Model) -> String {
    format!(
        "belief {} {} {:?} {:?} {} {:?} {:?} {:?} {} {} {:?} {:?}",
        row.course,
        row.concept,
        row.a,
        row.v,
        row.n,
        row.t,
        row.e_sum,
        row.w_sum,
        row.level,
        row.correct_days,
        row.last_correct_day,
        row.usual,
    )
}

fn belief_text(course: &str, concept: &str, belief: &ConceptBelief) -> String {
    let level = match belief.level {
        Level::NotStarted => 0,
        Level::Learning => 1,
        Level::Familiar => 2,
        Level::Proficient => 3,
        Level::Mastered => 4,
    };
    format!(
        "belief {course} {concept} {:?} {:?} {} {:?} {:?} {:?} {level} {} {:?} {:?}",
        belief.a,
        belief.v,
        belief.n,
        belief.t_k,
        belief.e_sum,
        belief.w_sum,
        belief.correct_days,
        belief.last_correct_day,
        belief.usual,
    )
}

fn day_row(row: &day_tally::Model) -> String {
    format!(
        "day {} {} {} {} {} {:?} {:?}",
        row.course,
        row.study_day,
        row.answers,
        row.new_questions,
        row.ms,
        [row.reviews_fresh, row.reviews_young, row.reviews_mature, row.reviews_old],
        [row.recalled_fresh, row.recalled_young, row.recalled_mature, row.recalled_old],
    )
}

fn pace_text(course: &str, (kind, occasion): PaceClass, pace: &Pace) -> String {
    let occasion = match occasion {
        Occasion::First => 0,
        Occasion::SameDay => 1,
        Occasion::Later => 2,
    };
    format!("pace {course} {kind} {occasion} {}", data_encoding::BASE64.encode(pace.as_bytes()))
}

fn day_text(course: &str, day: StudyDay, tally: &DayTally) -> String {
    let DayTally { answers, new, ms, reviews, recalled } = tally;
    format!("day {course} {} {answers} {new} {ms} {reviews:?} {recalled:?}", day.0)
}

fn standing_row(row: &course_belief::Model) -> String {
    format!(
        "standing {} {} {:?} {:?} {:?} {:?} {:?} {} {} {} {} {}",
        row.course,
        row.parameters_version,
        row.m,
        row.v,
        row.sm,
        row.sv,
        row.t,
        row.tail_at,
        row.tail_id,
        row.answers,
        row.reviews,
        row.recalled,
    )
}

fn standing_text(course: &str, version: i32, state: &State) -> Option<String> {
    let (tail, ability, tally) = (state.tail?, state.ability, state.tally);
    Some(format!(
        "standing {course} {version} {:?} {:?} {:?} {:?} {:?} {} {} {} {} {}",
        ability.m,
        ability.v,
        ability.sm,
        ability.sv,
        ability.t_last,
        tail.at.0,
        tail.id,
        tally.answers,
        tally.reviews,
        tally.recalled,
    ))
}
