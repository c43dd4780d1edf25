//! SQLite's connection for writing, which is called where a transaction runs.
//!
//! The driver has a thread for each connection, and every statement is a way there and back. A commit makes a dozen in
//! a millisecond or two, most of which went by with waiting, and whoever was to be written next waited too. So a commit
//! of answers, or of first uses of tokens, calls SQLite itself; all else goes by the driver.

use super::native::{Bound, FromRow, refused_by_sqlite};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};
use sea_orm::{DbErr, RuntimeErr, Statement};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

/// The connection; one transaction at a time has it. None once it is closed.
pub(super) struct Direct {
    conn: Mutex<Option<Connection>>,
    hear: OnceLock<Box<Hear>>,
}

type Hear = dyn Fn(&str) + Send + Sync;

/// A write transaction; rolled back unless committed.
pub struct Write(Arc<Direct>);

/// Pages of the log at which a commit copies all of it, while everybody waits: 1.6 GB, about twice what a small
/// machine writes at most between two copies.
pub(super) const MOST_LOGGED: u32 = 400_000;
/// Pages it keeps, in KiB.
const CACHE_KIB: u32 = 16_000;
/// Statements that are kept prepared.
const PREPARED: usize = 200;
/// How long is waited for another process that writes, and how long between two tries.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

impl Direct {
    /// Opens the database at `path`, which is there and has a log of pages.
    pub(super) fn open(path: &Path) -> Result<Self, DbErr> {
        let open = || {
            // No two threads call it at once.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let conn = Connection::open_with_flags(path, flags)?;
            conn.set_prepared_statement_cache_capacity(PREPARED);
            // What it writes is forced by `Durable`.
            conn.pragma_update(None, "synchronous", "NORMAL")?;
            conn.pragma_update(None, "foreign_keys", "ON")?;
            conn.pragma_update(None, "temp_store", "MEMORY")?;
            conn.pragma_update(None, "wal_autocheckpoint", MOST_LOGGED)?;
            conn.pragma_update(None, "cache_size", -i64::from(CACHE_KIB))?;
            // Its thread has others to serve; `begin` waits in their midst.
            conn.busy_timeout(Duration::ZERO)?;
            Ok(conn)
        };
        let conn = Mutex::new(Some(open().map_err(refused_by_sqlite)?));
        Ok(Self { conn, hear: OnceLock::new() })
    }

    /// Tells `hear` every statement but those that begin and end a transaction.
    pub(super) fn on_statement(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        _ = self.hear.set(Box::new(hear));
    }

    /// Begins to write, once no other process does.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Write, DbErr> {
        let mut waited = Duration::ZERO;
        loop {
            match self.call(|conn| conn.execute_batch("BEGIN IMMEDIATE"))? {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                begun => return begun.map(|()| Write(Arc::clone(self))).map_err(refused_by_sqlite),
            }
        }
    }

    pub(super) fn close(&self) -> Result<(), DbErr> {
        let conn = self.lock().take();
        conn.map_or(Ok(()), |conn| conn.close().map_err(|(_, error)| refused_by_sqlite(error)))
    }

    fn call<T>(&self, call: impl FnOnce(&Connection) -> T) -> Result<T, DbErr> {
        let closed = || DbErr::Conn(RuntimeErr::Internal("the database is closed".into()));
        self.lock().as_ref().map(call).ok_or_else(closed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write {
    pub(super) fn commit(self) -> Result<(), DbErr> {
        self.0.call(|conn| conn.execute_batch("COMMIT"))?.map_err(refused_by_sqlite)
    }

    pub(super) fn execute(&self, statement: &Statement) -> Result<(), DbErr> {
        self.run(statement, |prepared| prepared.raw_execute().map(|_| ()))
    }

    pub(super) fn rows<M: FromRow>(&self, statement: &Statement) -> Result<Vec<M>, DbErr> {
        self.run(statement, |prepared| prepared.raw_query().mapped(M::from_row).collect())
    }

    fn run<T>(
        &self,
        statement: &Statement,
        run: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, DbErr> {
        if let Some(hear) = self.0.hear.get() {
            hear(&statement.sql);
        }
        let values = statement.values.iter().flat_map(|values| values.iter());
        let run = |conn: &Connection| {
            let mut prepared = conn.prepare_cached(&statement.sql)?;
            for (place, value) in values.enumerate() {
                prepared.raw_bind_parameter(place + 1, Bound(value))?;
            }
            run(&mut prepared)
        };
        self.0.call(run)?.map_err(refused_by_sqlite)
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        // On a full disk SQLite has rolled it back by itself.
        _ = self.0.call(|conn| if conn.is_autocommit() { Ok(()) } else { conn.execute_batch("ROLLBACK") });
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{StoreError, native::from_row},
        *,
    };
    use sea_orm::{DatabaseBackend, FromQueryResult, Value};
    use uuid::Uuid;

    #[derive(Debug, PartialEq, FromQueryResult)]
    struct Thing {
        id: Uuid,
        yes: Option<bool>,
        small: Option<i32>,
        big: Option<i64>,
        x: Option<f64>,
        name: Option<String>,
    }

    from_row!(Thing { id, yes, small, big, x, name });

    impl Thing {
        fn full(id: u128) -> Self {
            let (id, name) = (Uuid::from_u128(id), Some("på norsk".to_owned()));
            Self { id, yes: Some(true), small: Some(i32::MIN), big: Some(i64::MAX), x: Some(0.5), name }
        }

        fn insert(&self) -> Statement {
            let Self { id, yes, small, big, x, name } = self;
            let row: [Value; 6] =
                [(*id).into(), (*yes).into(), (*small).into(), (*big).into(), (*x).into(), name.clone().into()];
            statement("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", row)
        }
    }

    fn statement(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, values)
    }

    fn all(txn: &Write) -> Result<Vec<Thing>, DbErr> {
        txn.rows(&statement("SELECT * FROM t ORDER BY id", []))
    }

    /// A database with an empty table, and the connection for writing to it.
    fn direct(folder: &tempfile::TempDir) -> Arc<Direct> {
        let path = folder.path().join("some.db");
        let made = Connection::open(&path).unwrap();
        made.pragma_update(None, "journal_mode", "WAL").unwrap();
        made.execute_batch("CREATE TABLE t (id PRIMARY KEY, yes, small, big, x, name)").unwrap();
        Arc::new(Direct::open(&path).unwrap())
    }

    #[tokio::test]
    async fn what_is_written_is_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let txn = direct(&folder).begin().await.unwrap();
        let empty = Thing { yes: None, small: None, big: None, x: None, name: None, ..Thing::full(1) };
        for thing in [&empty, &Thing::full(2)] {
            txn.execute(&thing.insert()).unwrap();
        }
        assert_eq!(all(&txn).unwrap(), [empty, Thing::full(2)]);
    }

    #[tokio::test]
    async fn what_is_not_committed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let direct = direct(&folder);
        let txn = direct.begin().await.unwrap();
        txn.execute(&Thing::full(1).insert()).unwrap();
        drop(txn);
        let txn = direct.begin().await.unwrap();
        txn.execute(&Thing::full(2).insert()).unwrap();
        txn.commit().unwrap();
        assert_eq!(all(&direct.begin().await.unwrap()).unwrap(), [Thing::full(2)]);
    }

    #[tokio::test]
    async fn what_sqlite_refuses_has_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let txn = direct(&folder).begin().await.unwrap();
        txn.execute(&Thing::full(1).insert()).unwrap();
        let taken = txn.execute(&Thing::full(1).insert()).map_err(StoreError::from);
        assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
        let unknown = txn.execute(&statement("INSERT INTO nowhere VALUES (1)", [])).map_err(StoreError::from);
        assert!(matches!(unknown, Err(StoreError::Database(_))), "{unknown:?}");
        for wrong in ["yes = 'no'", "small = 2147483648", "name = x'ff'", "id = 'no id'"] {
            txn.execute(&statement(&format!("UPDATE t SET {wrong}"), [])).unwrap();
            assert!(all(&txn).is_err(), "{wrong} is not taken for nothing");
            txn.execute(&statement("DELETE FROM t", [])).unwrap();
            txn.execute(&Thing::full(1).insert()).unwrap();
        }
        txn.commit().unwrap();
    }

    #[tokio::test]
    async fn another_process_that_writes_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let direct = direct(&folder);
        let other = Connection::open(folder.path().join("some.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut waiting = Box::pin(direct.begin());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        other.execute_batch("COMMIT").unwrap();
        drop(waiting.await.unwrap());
        direct.close().unwrap();
        assert!(direct.begin().await.is_err(), "closed");
    }
}
