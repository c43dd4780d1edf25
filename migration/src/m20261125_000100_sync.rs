//! Events of the server's own in a learner's stream: a `regrade` gives a stored answer another effect, because the key
//! of its question was wrong; a `refold` tells devices that cards changed without an answer. Both take a number of the
//! stream like any event. The answer a regrade is about stands in `regrades`.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("event").add_column(uuid_null("regrades")).take();
        manager.alter_table(add).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::alter().table("event").drop_column("regrades").take();
        manager.alter_table(drop).await
    }
}
