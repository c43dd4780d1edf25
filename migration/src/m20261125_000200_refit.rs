//! Memory weights of a learner's own. Those in force stand beside his choices in `enrolment`, which every fold reads
//! anyway; all that were ever in force, with the measure of why, in `memory_fit`. `refit` says when the next fit is
//! worth its while and who is at it: a lease, so that one process does it at a time and a crash gives it back.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("enrolment").add_column(text_null("weights")).take();
        manager.alter_table(add).await?;
        manager.create_table(memory_fit()).await?;
        manager.create_table(refit()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["refit", "memory_fit"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        let drop = Table::alter().table("enrolment").drop_column("weights").take();
        manager.alter_table(drop).await
    }
}

fn memory_fit() -> TableCreateStatement {
    Table::create()
        .table("memory_fit")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(integer("version"))
        .col(text("weights"))
        .col(integer("scored"))
        .col(double("loss_before"))
        .col(double("loss_after"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("learner_id").col("course").col("version"))
        .take()
}

fn refit() -> TableCreateStatement {
    Table::create()
        .table("refit")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(integer("next_at"))
        .col(big_integer("leased_until"))
        .primary_key(Index::create().col("learner_id").col("course"))
        .take()
}
