//! What a learner chose for a course.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    pub retention: f64,
    #[sea_orm(column_type = "Text", nullable)]
    pub exam_date: Option<String>,
    pub new_per_day: i32,
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    pub rollover_hour: i32,
    pub created_at: i64,
    pub maximum_interval: i32,
    pub relearn_minutes: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub pause_from: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub pause_to: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub weights: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
