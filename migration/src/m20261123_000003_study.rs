//! The learner's log and what is derived from it: cards and beliefs about concepts.
//!
//! Indexes and the queries they serve:
//! - `event_by_order`: a learner's log of one course in its own order, for a fold from scratch;
//! - `event_by_seq`: the gapless feed of one learner;
//! - `event_by_void`: whether an event was taken back, without reading the log;
//! - `card_by_due`: what is due, how many are due on each day, without reading the rest.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(event()).await?;
        manager.create_table(card()).await?;
        manager.create_table(concept_belief()).await?;
        manager.create_table(course_belief()).await?;
        let by_order = ["learner_id", "course", "order_at", "id"];
        manager.create_index(index("event_by_order", "event", &by_order, false)).await?;
        manager.create_index(index("event_by_seq", "event", &["learner_id", "seq"], true)).await?;
        let mut by_void = index("event_by_void", "event", &["learner_id", "voids"], false);
        by_void.and_where(Expr::col("voids").is_not_null());
        manager.create_index(by_void).await?;
        let by_due = ["learner_id", "course", "due_day", "question_id"];
        manager.create_index(index("card_by_due", "card", &by_due, false)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["course_belief", "concept_belief", "card", "event"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str], unique: bool) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    index
}

fn event() -> TableCreateStatement {
    Table::create()
        .table("event")
        .col(uuid("learner_id"))
        .col(uuid("id"))
        .col(big_integer("seq"))
        .col(text("kind"))
        .col(text("course"))
        .col(uuid_null("question_id"))
        .col(integer("revision"))
        .col(uuid_null("voids"))
        .col(big_integer("order_at"))
        .col(integer("study_day"))
        .col(text("effect"))
        .col(integer_null("rating"))
        .col(boolean_null("evidence"))
        .col(double("guess"))
        .col(text("hash"))
        .col(text("raw"))
        .col(uuid_null("device_id"))
        .col(big_integer("received_at"))
        .primary_key(Index::create().col("learner_id").col("id"))
        .take()
}

fn card() -> TableCreateStatement {
    Table::create()
        .table("card")
        .col(uuid("learner_id"))
        .col(uuid("question_id"))
        .col(text("course"))
        .col(big_integer("version"))
        .col(boolean("scheduled"))
        .col(double("stability"))
        .col(double("difficulty"))
        .col(integer("first_day"))
        .col(big_integer("last_at"))
        .col(integer("last_day"))
        .col(integer("due_day"))
        .col(big_integer_null("due_at"))
        .col(integer("reps"))
        .col(integer("lapses"))
        .col(double("memory_e"))
        .col(double("memory_w"))
        .col(integer("memory_n"))
        .col(big_integer_null("memory_t"))
        .primary_key(Index::create().col("learner_id").col("question_id"))
        .take()
}

fn concept_belief() -> TableCreateStatement {
    Table::create()
        .table("concept_belief")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(text("concept"))
        .col(big_integer("version"))
        .col(double("a"))
        .col(double("v"))
        .col(integer("n"))
        .col(big_integer_null("t"))
        .col(double("e_sum"))
        .col(integer("level"))
        .col(integer("correct_days"))
        .col(integer_null("last_correct_day"))
        .primary_key(Index::create().col("learner_id").col("course").col("concept"))
        .take()
}

fn course_belief() -> TableCreateStatement {
    Table::create()
        .table("course_belief")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(integer("parameters_version"))
        .col(double("m"))
        .col(double("v"))
        .col(double("sm"))
        .col(double("sv"))
        .col(big_integer_null("t"))
        .col(big_integer("tail_at"))
        .col(uuid("tail_id"))
        .col(integer("answers"))
        .col(integer("reviews"))
        .col(integer("recalled"))
        .primary_key(Index::create().col("learner_id").col("course"))
        .take()
}
