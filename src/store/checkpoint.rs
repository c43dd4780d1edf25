//! The gate of SQLite's one writer, and the copying of its log of pages (WAL) into the database beside him.
//!
//! SQLite forces the database to the disk only after a copy during which nobody wrote, so with writers at work all that
//! earlier copies brought would be forced behind the closed gate. We force it before, through a file of our own. That
//! is never closed: whoever closes any file of a database loses all locks his process has on it (POSIX), those of
//! SQLite's connections too, and the next process to leave would remove the log under them.

use super::{Db, Result, StoreError};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use std::{fs::File, io, path::PathBuf, sync::Arc};
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

/// Lets one writer through at a time.
#[derive(Default)]
pub(super) struct Gate {
    writes: Arc<Mutex<Writes>>,
    /// The database's, for forcing it; none of one in memory.
    file: OnceCell<Option<&'static File>>,
}

/// What went through the gate.
#[derive(Default)]
pub(super) struct Writes {
    begun: u64,
    /// Of them, those whose pages are in the database file and no longer in its log alone.
    copied: u64,
}

impl Gate {
    /// Waits until no one else writes.
    pub(super) async fn enter(&self) -> OwnedMutexGuard<Writes> {
        Arc::clone(&self.writes).lock_owned().await
    }
}

impl Writes {
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }
}

impl Db {
    /// Copies what stands in SQLite's log of pages into the database, so that no commit has to. The most is copied and
    /// forced while writers go on; they wait only for what they added meanwhile, and then the log begins anew.
    pub async fn checkpoint(&self) -> Result<()> {
        let Some(gate) = &self.gate else { return Ok(()) };
        let writes = gate.enter().await;
        if writes.begun == writes.copied {
            return Ok(());
        }
        drop(writes);
        self.copy_log().await?;
        if let Some(file) = *gate.file.get_or_try_init(|| self.file()).await? {
            tokio::task::spawn_blocking(|| file.sync_data())
                .await
                .map_err(io::Error::from)
                .flatten()
                .map_err(no_file)?;
        }
        let mut writes = gate.enter().await;
        self.copy_log().await?;
        writes.copied = writes.begun;
        Ok(())
    }

    async fn copy_log(&self) -> Result<()> {
        let copy = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA wal_checkpoint(PASSIVE)");
        self.pool.conn.query_one_raw(copy).await?;
        Ok(())
    }

    /// Opens SQLite's file for ever.
    async fn file(&self) -> Result<Option<&'static File>> {
        let list = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA database_list");
        let main = self.pool.conn.query_one_raw(list).await?;
        let path = main.map(|row| row.try_get::<String>("", "file")).transpose()?.map(PathBuf::from);
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
        let file = File::open(path).map_err(no_file)?;
        Ok(Some(Box::leak(Box::new(file))))
    }
}

fn no_file(cause: io::Error) -> StoreError {
    StoreError::Unavailable(DbErr::Custom(cause.to_string()))
}
