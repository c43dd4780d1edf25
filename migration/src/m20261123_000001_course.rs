//! Courses: chapters, concepts, questions and their revisions, and the versioned parameters of the mastery filter.
//!
//! Content is read whole at start and kept in memory, so documents stay documents; only what is looked up alone has
//! a column. `server_state` holds the few facts about the database itself.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let server_state =
            Table::create().table("server_state").col(text("name").primary_key()).col(text("value")).take();
        manager.create_table(server_state).await?;
        let course = Table::create()
            .table("course")
            .col(text("slug").primary_key())
            .col(text("body"))
            .col(text("source_hash"))
            .col(big_integer("loaded_at"))
            .take();
        manager.create_table(course).await?;
        let concept = Table::create()
            .table("concept")
            .col(text("course"))
            .col(text("slug"))
            .col(integer("position"))
            .col(text("body"))
            .primary_key(Index::create().col("course").col("slug"))
            .take();
        manager.create_table(concept).await?;
        let question = Table::create()
            .table("question")
            .col(uuid("id").primary_key())
            .col(text("course"))
            .col(text("reference"))
            .col(integer("chapter"))
            .col(integer("position"))
            .col(integer("revision"))
            .col(boolean("retired"))
            .take();
        manager.create_table(question).await?;
        let revision = Table::create()
            .table("question_revision")
            .col(uuid("question_id"))
            .col(integer("revision"))
            .col(text("content_hash"))
            .col(text("body"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("question_id").col("revision"))
            .take();
        manager.create_table(revision).await?;
        let parameters = Table::create()
            .table("course_parameters")
            .col(text("course"))
            .col(integer("version"))
            .col(text("body"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("course").col("version"))
            .take();
        manager.create_table(parameters).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["course_parameters", "question_revision", "question", "concept", "course", "server_state"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
