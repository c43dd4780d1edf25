//! The log's primary key begins with the event's id: ids are UUIDv7 and begin with the time, so the events of a moment
//! lie together at the end of the key. In the order of learners each answer changed a page of its own, a quarter of all
//! that a commit wrote.
//!
//! SQLite cannot change a key, so the table is made anew there.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// As they are when this step runs.
const COLUMNS: &str = "learner_id uuid_text NOT NULL, id uuid_text NOT NULL, seq bigint NOT NULL, kind text NOT NULL, \
                       course text NOT NULL, question_id uuid_text, revision integer NOT NULL, voids uuid_text, \
                       order_at bigint NOT NULL, study_day integer NOT NULL, effect text NOT NULL, rating integer, \
                       evidence boolean, guess double NOT NULL, hash text NOT NULL, raw text NOT NULL, \
                       device_id uuid_text, received_at bigint NOT NULL, regrades uuid_text, took_ms integer, \
                       ranked_as text";

const INDEXES: [&str; 4] = [
    "CREATE UNIQUE INDEX event_by_seq ON event (learner_id, seq)",
    "CREATE INDEX event_by_void ON event (learner_id, voids) WHERE voids IS NOT NULL",
    "CREATE INDEX event_by_course ON event (course, order_at, id, learner_id) WHERE kind = 'answer'",
    "CREATE INDEX event_by_regrade ON event (course, learner_id, seq) WHERE regrades IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_key(manager, "id, learner_id").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_key(manager, "learner_id, id").await
    }
}

async fn set_key(manager: &SchemaManager<'_>, key: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if manager.get_database_backend() != DatabaseBackend::Sqlite {
        let alter = format!("ALTER TABLE event DROP CONSTRAINT event_pkey, ADD PRIMARY KEY ({key})");
        db.execute_unprepared(&alter).await?;
        return Ok(());
    }
    let names: Vec<&str> = COLUMNS.split(", ").filter_map(|column| column.split(' ').next()).collect();
    let names = names.join(", ");
    for statement in [
        format!("CREATE TABLE event_new ({COLUMNS}, PRIMARY KEY ({key}))"),
        format!("INSERT INTO event_new ({names}) SELECT {names} FROM event ORDER BY rowid"),
        "DROP TABLE event".to_owned(),
        "ALTER TABLE event_new RENAME TO event".to_owned(),
    ] {
        db.execute_unprepared(&statement).await?;
    }
    for index in INDEXES {
        db.execute_unprepared(index).await?;
    }
    Ok(())
}
