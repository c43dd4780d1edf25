//! A unit of the organisation; its place in the tree is its parent.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub parent: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub version: i32,
    #[sea_orm(column_type = "Text", nullable, unique)]
    pub invitation: Option<String>,
    pub invitation_ends: Option<i64>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
