//! What a learner did in a course on one study day; derived from the log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "day_tally")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub study_day: i32,
    pub answers: i32,
    pub new_questions: i32,
    pub ms: i64,
    pub reviews_fresh: i32,
    pub recalled_fresh: i32,
    pub reviews_young: i32,
    pub recalled_young: i32,
    pub reviews_mature: i32,
    pub recalled_mature: i32,
    pub reviews_old: i32,
    pub recalled_old: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
