//! What the filter believes of one concept and one learner; derived from the log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept_belief")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub concept: String,
    pub version: i64,
    pub a: f64,
    pub v: f64,
    pub n: i32,
    pub t: Option<i64>,
    pub e_sum: f64,
    pub w_sum: f64,
    pub level: i32,
    pub correct_days: i32,
    pub last_correct_day: Option<i32>,
    pub usual: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
