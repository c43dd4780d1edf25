//! The cards of a course are found by their learner, along the primary key: `card_by_due` goes.
//!
//! No query asks for due days any more, but nearly every answer changes one, so the index was written anew each time,
//! and PostgreSQL could not update a card in place. The few cards of his other courses are read past, as a device's
//! look for changes reads them all.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("card_by_due").table("card").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut by_due = Index::create().name("card_by_due").table("card").take();
        for column in ["learner_id", "course", "due_day", "question_id"] {
            by_due.col(column);
        }
        manager.create_index(by_due).await
    }
}
