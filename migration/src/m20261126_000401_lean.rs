//! Less to change with every answer: a log of one course is found by its learner, so `event_by_order` goes, and on
//! SQLite the tallies and times lie in their primary keys as cards do.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables with their columns and keys as they are when this step runs.
const TABLES: [(&str, &str, &str); 2] = [
    (
        "pace",
        "learner_id uuid_text NOT NULL, course text NOT NULL, kind text NOT NULL, occasion integer NOT NULL, \
         times text NOT NULL",
        "learner_id, course, kind, occasion",
    ),
    (
        "day_tally",
        "learner_id uuid_text NOT NULL, course text NOT NULL, study_day integer NOT NULL, answers integer NOT NULL, \
         new_questions integer NOT NULL, ms bigint NOT NULL, reviews_fresh integer NOT NULL, recalled_fresh integer \
         NOT NULL, reviews_young integer NOT NULL, recalled_young integer NOT NULL, reviews_mature integer NOT NULL, \
         recalled_mature integer NOT NULL, reviews_old integer NOT NULL, recalled_old integer NOT NULL",
        "learner_id, course, study_day",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX event_by_order").await?;
        rebuild(manager, " WITHOUT ROWID").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_order = "CREATE INDEX event_by_order ON event (learner_id, course, order_at, id)";
        manager.get_connection().execute_unprepared(by_order).await?;
        rebuild(manager, "").await
    }
}

async fn rebuild(manager: &SchemaManager<'_>, kind: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(());
    }
    for (table, columns, key) in TABLES {
        let names: Vec<&str> = columns.split(", ").filter_map(|column| column.split(' ').next()).collect();
        let names = names.join(", ");
        for statement in [
            format!("CREATE TABLE {table}_new ({columns}, PRIMARY KEY ({key})){kind}"),
            format!("INSERT INTO {table}_new ({names}) SELECT {names} FROM {table}"),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {table}_new RENAME TO {table}"),
        ] {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
    }
    Ok(())
}
