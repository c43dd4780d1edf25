//! Reading a course's answers in the order they were given, page by page.
//!
//! - `event_by_course`: the answers of a course across its learners; new ones go to its end.
//! - `event_by_regrade`: the few regrades of a course.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let answers = Index::create()
            .name("event_by_course")
            .table("event")
            .col("course")
            .col("order_at")
            .col("id")
            .col("learner_id")
            .and_where(Expr::col("kind").eq("answer"))
            .take();
        manager.create_index(answers).await?;
        let regrades = Index::create()
            .name("event_by_regrade")
            .table("event")
            .col("course")
            .col("learner_id")
            .col("seq")
            .and_where(Expr::col("regrades").is_not_null())
            .take();
        manager.create_index(regrades).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["event_by_regrade", "event_by_course"] {
            manager.drop_index(Index::drop().name(name).table("event").to_owned()).await?;
        }
        Ok(())
    }
}
