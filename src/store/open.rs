//! Opening a database: what it must be before anything else runs, and the faults an operator can mend.

use super::{Db, StoreError, entity::server_state};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// Why a database cannot be used; each text names the cure.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("LAERD_DATABASE_URL must begin with sqlite: or postgres:, not with `{0}`")]
    Scheme(String),
    #[error("the database cannot be opened: {0}\n  cure: check that it and its folder exist and that the server runs")]
    Unreachable(DbErr),
    #[error("the database is locked by another process\n  cure: stop the other process, or wait until it has finished")]
    Locked,
    #[error(
        "the database is read-only\n  cure: give the user that runs laerd the right to write the file and its folder"
    )]
    ReadOnly,
    #[error("the database has a newer schema (unknown step `{0}`)\n  cure: run the newer laerd, or restore a backup")]
    NewerSchema(String),
    #[error("the database lacks {0} migration step(s)\n  cure: run `laerd migrate up`")]
    OlderSchema(usize),
    #[error("the migration failed: {0}")]
    Migration(DbErr),
}

/// Opens `url` (`sqlite:PATH` or `postgres://…`) without looking at the schema.
pub async fn connect(url: &str, max_connections: u32) -> Result<Db, OpenError> {
    let sqlite = url.starts_with("sqlite:");
    if !sqlite && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
        return Err(OpenError::Scheme(url.split(':').next().unwrap_or_default().to_owned()));
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(1)
        .connect_timeout(Duration::from_secs(5))
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(!sqlite);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("foreign_keys", "ON")
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(200)
    });
    let conn = Database::connect(options).await.map_err(unusable)?;
    let gate = sqlite.then(|| Arc::new(Mutex::new(())));
    Ok(Db { conn, gate })
}

/// Opens a database that is ready to serve. SQLite is brought up to date on the way, since this process alone owns
/// it; PostgreSQL may have several instances and no lock between migrators, so there it is the operator's step.
pub async fn open(url: &str, max_connections: u32) -> Result<Db, OpenError> {
    let db = connect(url, max_connections).await?;
    refuse_newer(&db).await?;
    if db.is_sqlite() {
        writable(&db).await?;
        migrate_up(&db).await?;
    }
    match pending(&db).await?.len() {
        0 => Ok(db),
        missing => Err(OpenError::OlderSchema(missing)),
    }
}

/// Applies every step that is missing and gives the database its epoch.
pub async fn migrate_up(db: &Db) -> Result<(), OpenError> {
    refuse_newer(db).await?;
    if pending(db).await?.is_empty() {
        return Ok(());
    }
    Migrator::up(&db.conn, None).await.map_err(OpenError::Migration)?;
    let epoch = server_state::ActiveModel { name: Set("epoch".into()), value: Set("e1".into()) };
    let ignore = sea_orm::sea_query::OnConflict::column(server_state::Column::Name).do_nothing().to_owned();
    let insert = server_state::Entity::insert(epoch).on_conflict(ignore);
    insert.exec_without_returning(&db.conn).await.map_err(OpenError::Migration)?;
    Ok(())
}

/// Takes the last `steps` steps back.
pub async fn migrate_down(db: &Db, steps: u32) -> Result<(), OpenError> {
    refuse_newer(db).await?;
    Migrator::down(&db.conn, Some(steps)).await.map_err(OpenError::Migration)
}

/// Every step with whether it is applied.
pub async fn migrations(db: &Db) -> Result<Vec<(String, bool)>, OpenError> {
    let pending = pending(db).await?;
    Ok(Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .map(|name| {
            let applied = !pending.contains(&name);
            (name, applied)
        })
        .collect())
}

/// Begins a write transaction; the one place that may.
#[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
pub(super) async fn begin(conn: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let txn = conn.begin_with_options(options).await?;
    if conn.get_database_backend() == DatabaseBackend::Postgres {
        // Every look-up of a write goes by a key. A plan made while a table was small may scan it, and a prepared
        // statement may keep its plan after the table has grown.
        let by_key = "SELECT set_config('enable_seqscan', 'off', true)";
        txn.query_one_raw(Statement::from_string(DatabaseBackend::Postgres, by_key)).await?;
    }
    Ok(txn)
}

async fn pending(db: &Db) -> Result<Vec<String>, OpenError> {
    let steps = Migrator::get_pending_migrations(&db.conn).await.map_err(unusable)?;
    Ok(steps.iter().map(|step| step.name().to_owned()).collect())
}

async fn refuse_newer(db: &Db) -> Result<(), OpenError> {
    let applied = Migrator::get_migration_models(&db.conn).await.map_err(unusable)?;
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    match applied.into_iter().find(|step| !known.contains(&step.version)) {
        Some(unknown) => Err(OpenError::NewerSchema(unknown.version)),
        None => Ok(()),
    }
}

/// A write that changes nothing, so that a read-only file is found at start and not by the first learner.
async fn writable(db: &Db) -> Result<(), OpenError> {
    let probe = "CREATE TABLE IF NOT EXISTS laerd_write_probe (x INTEGER)";
    db.conn.execute_unprepared(probe).await.map_err(unusable)?;
    db.conn.execute_unprepared("DROP TABLE IF EXISTS laerd_write_probe").await.map_err(unusable)?;
    Ok(())
}

fn unusable(error: DbErr) -> OpenError {
    let text = error.to_string();
    if text.contains("database is locked") {
        OpenError::Locked
    } else if text.contains("readonly") {
        OpenError::ReadOnly
    } else {
        OpenError::Unreachable(error)
    }
}
