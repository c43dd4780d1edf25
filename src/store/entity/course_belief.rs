//! Ability, tallies and the last answer folded in, for one learner and course; derived from the log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "course_belief")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    pub parameters_version: i32,
    pub m: f64,
    pub v: f64,
    pub sm: f64,
    pub sv: f64,
    pub t: Option<i64>,
    pub tail_at: i64,
    pub tail_id: Uuid,
    pub answers: i32,
    pub reviews: i32,
    pub recalled: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
