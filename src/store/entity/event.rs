//! One accepted event of a learner's log; never changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub seq: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub course: String,
    pub question_id: Option<Uuid>,
    pub revision: i32,
    pub voids: Option<Uuid>,
    pub order_at: i64,
    pub study_day: i32,
    #[sea_orm(column_type = "Text")]
    pub effect: String,
    pub rating: Option<i32>,
    pub evidence: Option<bool>,
    pub guess: f64,
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    #[sea_orm(column_type = "Text")]
    pub raw: String,
    pub device_id: Option<Uuid>,
    pub received_at: i64,
    pub regrades: Option<Uuid>,
    pub took_ms: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub ranked_as: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
