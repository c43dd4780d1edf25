//! On SQLite the rows that every answer changes lie in their primary key itself (WITHOUT ROWID), and not beside an
//! index of it: one tree to change instead of two. PostgreSQL has no such choice.
//!
//! The log stays as it is: its rows are long, and long rows are better kept out of a key.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables with their columns and keys as they are when this step runs.
const TABLES: [(&str, &str, &str); 4] = [
    ("learner", "id uuid_text NOT NULL, seed bigint NOT NULL, head bigint NOT NULL, created_at bigint NOT NULL", "id"),
    (
        "card",
        "learner_id uuid_text NOT NULL, question_id uuid_text NOT NULL, course text NOT NULL, version bigint NOT NULL, \
         scheduled boolean NOT NULL, stability double NOT NULL, difficulty double NOT NULL, first_day integer NOT \
         NULL, last_at bigint NOT NULL, \
         last_day integer NOT NULL, due_day integer NOT NULL, due_at bigint, reps integer NOT \
         NULL, lapses integer NOT NULL, memory_e double NOT NULL, memory_w double NOT NULL, memory_n integer NOT NULL, \
         memory_t bigint",
        "learner_id, question_id",
    ),
    (
        "concept_belief",
        "learner_id uuid_text NOT NULL, course text NOT NULL, concept text NOT NULL, version bigint NOT NULL, a double \
         NOT NULL, v double NOT NULL, n integer NOT NULL, t bigint, e_sum double NOT NULL, level integer NOT NULL, \
         correct_days integer NOT NULL, last_correct_day integer",
        "learner_id, course, concept",
    ),
    (
        "course_belief",
        "learner_id uuid_text NOT NULL, course text NOT NULL, parameters_version integer NOT NULL, m double NOT NULL, \
         v double NOT NULL, sm double NOT NULL, \
         sv double NOT NULL, t bigint, tail_at bigint NOT NULL, tail_id uuid_text \
         NOT NULL, answers integer NOT NULL, reviews integer NOT NULL, recalled integer NOT NULL",
        "learner_id, course",
    ),
];

const CARD_BY_DUE: &str = "CREATE INDEX card_by_due ON card (learner_id, course, due_day, question_id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rebuild(manager, " WITHOUT ROWID").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rebuild(manager, "").await
    }
}

async fn rebuild(manager: &SchemaManager<'_>, kind: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(());
    }
    let db = manager.get_connection();
    for (table, columns, key) in TABLES {
        let names: Vec<&str> = columns.split(", ").filter_map(|column| column.split(' ').next()).collect();
        let names = names.join(", ");
        for statement in [
            format!("CREATE TABLE {table}_new ({columns}, PRIMARY KEY ({key})){kind}"),
            format!("INSERT INTO {table}_new ({names}) SELECT {names} FROM {table}"),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {table}_new RENAME TO {table}"),
        ] {
            db.execute_unprepared(&statement).await?;
        }
    }
    db.execute_unprepared(CARD_BY_DUE).await?;
    Ok(())
}
