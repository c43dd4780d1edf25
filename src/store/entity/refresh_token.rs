//! A link in a chain of refresh tokens. `parent` is the token it came from, `access_hash` the access token issued
//! with it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub hash: String,
    pub family: Uuid,
    #[sea_orm(column_type = "Text", nullable)]
    pub parent: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub access_hash: String,
    pub consumed: bool,
    pub expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
