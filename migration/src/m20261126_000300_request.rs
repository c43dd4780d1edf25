//! Requests that made something, by the key their client drew for each: sent again, a request makes nothing twice, even
//! if what it made was changed or removed since.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let request = Table::create()
            .table("request")
            .col(uuid("learner_id"))
            .col(uuid("key"))
            .col(text("digest"))
            .col(uuid("made"))
            .col(big_integer("made_at"))
            .primary_key(Index::create().col("learner_id").col("key"))
            .take();
        manager.create_table(request).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("request").take()).await
    }
}
