//! What the scheduling rules keep: times of answers, cards that are held back, the learner's choices, counts by day.
//!
//! Every row of `day_tally` and `pace` is found by its primary key; a calendar reads `day_tally` along it. What was
//! folded before this step lacks both, so every learner's next answer folds his log anew.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        manager.create_table(day_tally()).await?;
        manager.create_table(pace()).await?;
        let stale = Query::update().table("course_belief").value("parameters_version", -1).take();
        manager.execute(stale).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["pace", "day_tally"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        for (table, column) in columns().into_iter().rev() {
            let name = column.get_column_name().to_owned();
            manager.alter_table(Table::alter().table(table).drop_column(name).take()).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("event", integer_null("took_ms").take()),
        ("event", text_null("ranked_as").take()),
        ("card", integer_null("held_until").take()),
        ("enrolment", integer("maximum_interval").default(36_500).take()),
        ("enrolment", integer("relearn_minutes").default(10).take()),
        ("enrolment", text_null("pause_from").take()),
        ("enrolment", text_null("pause_to").take()),
    ]
}

fn day_tally() -> TableCreateStatement {
    let mut table = Table::create()
        .table("day_tally")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(integer("study_day"))
        .col(integer("answers"))
        .col(integer("new_questions"))
        .col(big_integer("ms"))
        .primary_key(Index::create().col("learner_id").col("course").col("study_day"))
        .take();
    for span in ["fresh", "young", "mature", "old"] {
        table.col(integer(format!("reviews_{span}"))).col(integer(format!("recalled_{span}")));
    }
    table
}

fn pace() -> TableCreateStatement {
    Table::create()
        .table("pace")
        .col(uuid("learner_id"))
        .col(text("course"))
        .col(text("kind"))
        .col(integer("occasion"))
        .col(text("times"))
        .primary_key(Index::create().col("learner_id").col("course").col("kind").col("occasion"))
        .take()
}
