//! Something a team did to learn, and what it agreed on.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub unit_id: Uuid,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub held_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub course: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub concept: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub follow_up: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub follow_up_on: Option<String>,
    pub done: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
