//! The band of a cohort and concept in a week.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_point")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub cohort_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub week: i32,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub concept: String,
    pub band: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
