//! Leases: which of several instances does a piece of background work.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let lease = Table::create()
            .table("lease")
            .col(text("name").primary_key())
            .col(uuid("holder"))
            .col(big_integer("expires_at"))
            .take();
        manager.create_table(lease).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("lease").take()).await
    }
}
