//! Learners, their accounts, tokens and enrolments. Everything a learner owns has a primary key that begins with
//! `learner_id`, so that a distributed PostgreSQL can shard by it.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let learner = Table::create()
            .table("learner")
            .col(uuid("id").primary_key())
            .col(big_integer("seed"))
            .col(big_integer("head"))
            .col(big_integer("created_at"))
            .take();
        manager.create_table(learner).await?;
        let account = Table::create()
            .table("account")
            .col(uuid("learner_id").primary_key())
            .col(text("name").unique_key())
            .col(text("password_hash"))
            .col(text("role"))
            .col(big_integer("created_at"))
            .take();
        manager.create_table(account).await?;
        let access_token = Table::create()
            .table("access_token")
            .col(uuid("learner_id"))
            .col(text("hash"))
            .col(uuid("family"))
            .col(boolean("used"))
            .col(big_integer("expires_at"))
            .primary_key(Index::create().col("learner_id").col("hash"))
            .take();
        manager.create_table(access_token).await?;
        let refresh_token = Table::create()
            .table("refresh_token")
            .col(uuid("learner_id"))
            .col(text("hash"))
            .col(uuid("family"))
            .col(text_null("parent"))
            .col(text("access_hash"))
            .col(boolean("consumed"))
            .col(big_integer("expires_at"))
            .primary_key(Index::create().col("learner_id").col("hash"))
            .take();
        manager.create_table(refresh_token).await?;
        let enrolment = Table::create()
            .table("enrolment")
            .col(uuid("learner_id"))
            .col(text("course"))
            .col(double("retention"))
            .col(text_null("exam_date"))
            .col(integer("new_per_day"))
            .col(text("time_zone"))
            .col(integer("rollover_hour"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("learner_id").col("course"))
            .take();
        manager.create_table(enrolment).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["enrolment", "refresh_token", "access_token", "account", "learner"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
