//! Opening a database: what it must be before anything else runs, and the faults an operator can mend.

use super::{
    Db,
    checkpoint::Gate,
    direct::MOST_LOGGED,
    entity::server_state,
    piped::Pipes,
    pool::{Kept, Pool, Pooler},
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ActiveValue::Set,
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait, Statement,
    sqlx::{Connection, SqliteConnection},
};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Why a database cannot be used; each text names the cure.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("LAERD_DATABASE_URL must begin with sqlite: or postgres:, not with `{0}`")]
    Scheme(String),
    #[error("`pooler` in LAERD_DATABASE_URL must be `transaction`, not `{0}`\n  cure: leave it out without a pooler")]
    UnknownPooler(String),
    #[error(
        "a connection pooler stands before the database\n  cure: if it pools transactions, as PgBouncer mostly does, \
         end LAERD_DATABASE_URL with ?pooler=transaction"
    )]
    Pooled,
    #[error("the database cannot be opened: {0}\n  cure: check that it and its folder exist and that the server runs")]
    Unreachable(DbErr),
    #[error("the database is in memory and would be gone with the process\n  cure: name a file, as in sqlite:laerd.db")]
    InMemory,
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

/// Pages that each connection of the driver's keeps, in KiB: few, because a commit by another makes them void.
const CACHE_KIB: u32 = 2_000;

/// Opens `url` (`sqlite:PATH` or `postgres://…`) without looking at the schema. `pooler=transaction` among the options
/// of a PostgreSQL URL tells of a pooler in between.
pub async fn connect(url: &str, max_connections: u32) -> Result<Db, OpenError> {
    let sqlite = url.starts_with("sqlite:");
    if !sqlite && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
        return Err(OpenError::Scheme(url.split(':').next().unwrap_or_default().to_owned()));
    }
    let (url, pooler) = if sqlite { (url.to_owned(), Pooler::None) } else { without_pooler(url)? };
    let conn = pool(&url, pooler, max_connections, "FULL").await?;
    // What it writes is forced by `Durable`.
    let writes = if sqlite { pool(&url, pooler, 1, "NORMAL").await? } else { conn.clone() };
    // Of those that readers use too at most half, so that they never wait for a writer who rests.
    let kept = Arc::new(Kept::new(if sqlite { 1 } else { max_connections as usize / 2 }));
    let pool = Pool { conn, writes, kept, pooler };
    let gate = if sqlite { Some(Gate::open(&file_of(&pool.conn).await?).map_err(unusable)?) } else { None };
    let pipes = match pooler {
        Pooler::None if !sqlite => Pipes::new(&url, &pool.conn).await.map_err(unusable)?,
        _ => None,
    };
    Ok(Db { pool, gate: gate.map(Arc::new), pipes: pipes.map(Arc::new) })
}

/// Where SQLite's database is, whatever its URL says.
async fn file_of(conn: &DatabaseConnection) -> Result<PathBuf, OpenError> {
    let list = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA database_list");
    let main = conn.query_one_raw(list).await.map_err(unusable)?;
    let path: Option<String> = main.map(|row| row.try_get("", "file")).transpose().map_err(unusable)?;
    path.filter(|path| !path.is_empty()).map(PathBuf::from).ok_or(OpenError::InMemory)
}

async fn pool(
    url: &str,
    pooler: Pooler,
    most: u32,
    synchronous: &'static str,
) -> Result<DatabaseConnection, OpenError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(most)
        .min_connections(1)
        .connect_timeout(Duration::from_secs(5))
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(!url.starts_with("sqlite:"));
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", synchronous)
            .pragma("foreign_keys", "ON")
            .pragma("temp_store", "MEMORY")
            // `Db::checkpoint` copies the log of pages before it has grown so far.
            .pragma("wal_autocheckpoint", MOST_LOGGED.to_string())
            .pragma("cache_size", format!("-{CACHE_KIB}"))
            .row_buffer_size(1_000)
            .statement_cache_capacity(200)
    });
    if pooler == Pooler::Transaction {
        // PgBouncer knows no `extra_float_digits`; values travel in binary, which has all digits anyway.
        options.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(0).extra_float_digits(None));
    }
    options.map_sqlx_sqlite_before_acquire(|sqlite, _| Box::pin(is_at_rest(sqlite)));
    Database::connect(options).await.map_err(unusable)
}

/// The URL as the driver knows it, and whether ours names a pooler.
fn without_pooler(url: &str) -> Result<(String, Pooler), OpenError> {
    let (address, options) = url.split_once('?').unwrap_or((url, ""));
    let mut pooler = Pooler::None;
    let mut others = Vec::new();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.strip_prefix("pooler=") {
            Some("transaction") => pooler = Pooler::Transaction,
            Some(other) => return Err(OpenError::UnknownPooler(other.to_owned())),
            None => others.push(option),
        }
    }
    let options = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    Ok((format!("{address}{options}"), pooler))
}

/// Whether a connection of the pool is outside any transaction; else it is closed and another opened.
///
/// On a full disk SQLite rolls a transaction back by itself. The driver's own ROLLBACK then fails, it goes on counting
/// an open transaction, and every later one would be a savepoint that begins deferred and is refused under load.
async fn is_at_rest(sqlite: &mut SqliteConnection) -> sea_orm::sqlx::Result<bool> {
    Ok(!sqlite.is_in_transaction())
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
    match in_one_transaction(db).await.map_err(OpenError::Migration)? {
        None => Migrator::up(&db.pool.conn, None).await.map_err(OpenError::Migration)?,
        Some(txn) => {
            Migrator::up(&txn, None).await.map_err(OpenError::Migration)?;
            txn.commit().await.map_err(OpenError::Migration)?;
        }
    }
    let epoch = server_state::ActiveModel { name: Set("epoch".into()), value: Set("e1".into()) };
    let ignore = sea_orm::sea_query::OnConflict::column(server_state::Column::Name).do_nothing().to_owned();
    let insert = server_state::Entity::insert(epoch).on_conflict(ignore);
    insert.exec_without_returning(&db.pool).await.map_err(OpenError::Migration)?;
    Ok(())
}

/// Takes the last `steps` steps back.
pub async fn migrate_down(db: &Db, steps: u32) -> Result<(), OpenError> {
    refuse_newer(db).await?;
    match in_one_transaction(db).await.map_err(OpenError::Migration)? {
        None => Migrator::down(&db.pool.conn, Some(steps)).await.map_err(OpenError::Migration),
        Some(txn) => {
            Migrator::down(&txn, Some(steps)).await.map_err(OpenError::Migration)?;
            txn.commit().await.map_err(OpenError::Migration)
        }
    }
}

/// Behind a pooler all steps share a transaction, and fail together; elsewhere each has one of its own.
async fn in_one_transaction(db: &Db) -> Result<Option<DatabaseTransaction>, DbErr> {
    match db.pool.pooler {
        Pooler::None => Ok(None),
        Pooler::Transaction => db.pool.begin().await.map(Some),
    }
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

async fn pending(db: &Db) -> Result<Vec<String>, OpenError> {
    let steps = Migrator::get_pending_migrations(&db.pool).await.map_err(unusable)?;
    Ok(steps.iter().map(|step| step.name().to_owned()).collect())
}

async fn refuse_newer(db: &Db) -> Result<(), OpenError> {
    let applied = Migrator::get_migration_models(&db.pool).await.map_err(unusable)?;
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    match applied.into_iter().find(|step| !known.contains(&step.version)) {
        Some(unknown) => Err(OpenError::NewerSchema(unknown.version)),
        None => Ok(()),
    }
}

/// A write that changes nothing, so that a read-only file is found at start and not by the first learner.
async fn writable(db: &Db) -> Result<(), OpenError> {
    let probe = "CREATE TABLE IF NOT EXISTS laerd_write_probe (x INTEGER)";
    db.pool.execute_unprepared(probe).await.map_err(unusable)?;
    db.pool.execute_unprepared("DROP TABLE IF EXISTS laerd_write_probe").await.map_err(unusable)?;
    Ok(())
}

fn unusable(error: DbErr) -> OpenError {
    let text = error.to_string();
    if text.contains("database is locked") {
        OpenError::Locked
    } else if text.contains("readonly") {
        OpenError::ReadOnly
    } else if text.contains("unsupported startup parameter") {
        OpenError::Pooled
    } else {
        OpenError::Unreachable(error)
    }
}
