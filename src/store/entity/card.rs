//! Scheduling and memory of one question for one learner; derived from the log. While `scheduled` is false it was
//! only practised.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "card")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub question_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub course: String,
    pub version: i64,
    pub scheduled: bool,
    pub stability: f64,
    pub difficulty: f64,
    pub first_day: i32,
    pub last_at: i64,
    pub last_day: i32,
    pub due_day: i32,
    pub due_at: Option<i64>,
    pub reps: i32,
    pub lapses: i32,
    pub memory_e: f64,
    pub memory_w: f64,
    pub memory_n: i32,
    pub memory_t: Option<i64>,
    /// The study day before which it is not asked; the last of all numbers while suspended.
    pub held_until: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
