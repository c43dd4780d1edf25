//! Which questions of a course a learner has met and what he holds back, in few columns.
//!
//! As many rows as the course has questions at most, however long he has studied.

use super::{Connection, Result, entity::card};
use crate::{
    domain::{memory::Memory, review::Hold},
    vocab::{
        id::{LearnerId, QuestionId},
        time::StudyDay,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// A question the learner has met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Met {
    pub memory: Memory,
    pub first_day: StudyDay,
    pub last_day: StudyDay,
    /// Not before the day until which it is set aside.
    pub due_day: StudyDay,
    pub lapses: u32,
}

/// The learner's questions in a course.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    pub met: HashMap<QuestionId, Met>,
    /// What he does not want to be asked, met or not.
    pub holds: HashMap<QuestionId, Hold>,
}

impl Overview {
    /// Whether the question may be asked on `today`.
    pub fn is_open(&self, question: QuestionId, today: StudyDay) -> bool {
        self.holds.get(&question).is_none_or(|hold| !hold.holds_on(today))
    }

    pub fn is_suspended(&self, question: QuestionId) -> bool {
        self.holds.get(&question) == Some(&Hold::Suspended)
    }
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    question_id: Uuid,
    scheduled: bool,
    stability: f64,
    difficulty: f64,
    first_day: i32,
    last_day: i32,
    due_day: i32,
    lapses: i32,
    held_until: Option<i32>,
}

pub async fn overview(db: &impl Connection, learner: LearnerId, course: &str) -> Result<Overview> {
    let rows: Vec<Row> = card::Entity::find()
        .filter(card::Column::LearnerId.eq(learner.0))
        .filter(card::Column::Course.eq(course))
        .select_only()
        .columns([card::Column::QuestionId, card::Column::Scheduled, card::Column::FirstDay, card::Column::LastDay])
        .columns([card::Column::DueDay, card::Column::Lapses, card::Column::HeldUntil])
        .columns([card::Column::Stability, card::Column::Difficulty])
        .into_model::<Row>()
        .all(db.inner())
        .await?;
    let mut overview = Overview::default();
    for row in rows {
        let question = QuestionId(row.question_id);
        let hold = hold(row.held_until);
        overview.holds.extend(hold.map(|hold| (question, hold)));
        let aside = match hold {
            Some(Hold::Until(day)) => day.0,
            _ => i32::MIN,
        };
        let met = Met {
            memory: Memory { stability: row.stability as f32, difficulty: row.difficulty as f32 },
            first_day: StudyDay(row.first_day),
            last_day: StudyDay(row.last_day),
            due_day: StudyDay(row.due_day.max(aside)),
            lapses: row.lapses as u32,
        };
        overview.met.extend(row.scheduled.then_some((question, met)));
    }
    Ok(overview)
}

/// A hold as it is stored: the day, or the last of all numbers.
pub(super) fn hold(held_until: Option<i32>) -> Option<Hold> {
    held_until.map(|day| if day == i32::MAX { Hold::Suspended } else { Hold::Until(StudyDay(day)) })
}

pub(super) fn held_until(hold: Option<Hold>) -> Option<i32> {
    hold.map(|hold| match hold {
        Hold::Suspended => i32::MAX,
        Hold::Until(day) => day.0.min(i32::MAX - 1),
    })
}
