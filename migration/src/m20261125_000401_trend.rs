//! What the trend and the interval of a concept need: its slow average, and how uncertain the memory of its questions
//! is.
//!
//! Both are derived from the log, so every state is marked stale and folded anew; until then a concept has no trend.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let uncertain = double("w_sum").default(0.0).take();
        manager.alter_table(Table::alter().table("concept_belief").add_column(uncertain).take()).await?;
        let usual = double_null("usual");
        manager.alter_table(Table::alter().table("concept_belief").add_column(usual).take()).await?;
        let stale = Query::update().table("course_belief").value("parameters_version", -1).take();
        manager.execute(stale).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["usual", "w_sum"] {
            manager.alter_table(Table::alter().table("concept_belief").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
