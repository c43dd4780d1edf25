//! What a unit has agreed on for a concept: how much it matters, and where it is written down.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_concept")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub course: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub concept: String,
    pub version: i32,
    pub importance: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub backup_title: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub backup_url: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub review_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
