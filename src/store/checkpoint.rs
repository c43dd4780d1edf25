//! The gate of SQLite's one writer, and the copying of its log of pages (WAL) into the database beside him.
//!
//! SQLite forces the database to the disk only after a copy during which nobody wrote, so with writers at work all that
//! earlier copies brought would be forced behind the closed gate. We force it before, through a file of our own. That
//! is never closed: whoever closes any file of a database loses all locks his process has on it (POSIX), those of
//! SQLite's connections too, and the next process to leave would remove the log under them.

use super::{
    Db, Result, StoreError,
    direct::{Direct, Write},
    durable::{Durable, Files, give_up},
    paced,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use std::{
    fs::File,
    io,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How often it is to be copied, if anything was written. A page that was changed many times is copied once, and each
/// time writers wait for the last of it.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(4);

/// How often is copied and forced at most before the gate is closed: each time there is less to do than before.
const ROUNDS: usize = 3;
/// Pages that are left for the closed gate without another round.
const FEW: i32 = 1_000;

/// Lets one writer through at a time.
pub(super) struct Gate {
    writes: Arc<Mutex<Writes>>,
    /// For transactions of groups.
    pub(super) direct: Arc<Direct>,
    pub(super) durable: Arc<Durable>,
    /// The database, for forcing it.
    file: OnceLock<&'static File>,
}

/// The right to write, and who tells when the disk has what was written.
pub(super) struct Passage {
    pub(super) writes: OwnedMutexGuard<Writes>,
    pub(super) durable: Arc<Durable>,
}

/// What went through the gate.
#[derive(Default)]
pub(super) struct Writes {
    begun: u64,
    /// Of them, those whose pages are in the database file and no longer in its log alone.
    copied: u64,
}

impl Gate {
    pub(super) fn open(path: &Path) -> std::result::Result<Self, DbErr> {
        let direct = Arc::new(Direct::open(path)?);
        let files = Files::new(path).map_err(|cause| DbErr::Custom(cause.to_string()))?;
        Ok(Self { writes: Arc::default(), direct, durable: Arc::new(Durable::new(files)), file: OnceLock::new() })
    }

    /// Begins to write where it is called, when no one else does.
    pub(super) async fn begin(&self) -> std::result::Result<(Write, Passage), DbErr> {
        let mut passage = self.pass().await;
        let txn = self.direct.begin().await?;
        passage.writes.begin();
        Ok((txn, passage))
    }

    /// Waits until no one else writes.
    pub(super) async fn pass(&self) -> Passage {
        Passage { writes: self.enter().await, durable: Arc::clone(&self.durable) }
    }

    async fn enter(&self) -> OwnedMutexGuard<Writes> {
        Arc::clone(&self.writes).lock_owned().await
    }

    /// Opened once and for ever.
    fn file(&self) -> io::Result<&'static File> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = Box::leak(Box::new(self.durable.files.open_database()?));
        Ok(self.file.get_or_init(|| file))
    }
}

impl Writes {
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }

    /// The number of the write that has the gate.
    pub(super) fn number(&self) -> u64 {
        self.begun
    }
}

impl Db {
    /// Copies what stands in SQLite's log of pages into the database, so that no commit has to. Nearly all is copied
    /// and forced while writers go on; they wait only for what they added at last, and then the log begins anew.
    pub async fn checkpoint(&self) -> Result<()> {
        let Some(gate) = &self.gate else { return Ok(()) };
        let writes = gate.enter().await;
        if writes.begun == writes.copied {
            return Ok(());
        }
        drop(writes);
        let mut copied = 0;
        for _ in 0..ROUNDS {
            let log = self.copy_log().await?;
            let file = gate.file().map_err(not_forced)?;
            let forced = tokio::task::spawn_blocking(|| paced::force(file)).await;
            // SQLite takes what it copied for safe, and would write over it in the log.
            forced.map_err(io::Error::from).flatten().unwrap_or_else(|cause| give_up("the database", &cause));
            if log - copied < FEW {
                break;
            }
            copied = log;
        }
        let mut writes = gate.enter().await;
        self.copy_log().await?;
        writes.copied = writes.begun;
        Ok(())
    }

    /// Returns the pages that stand in the log.
    async fn copy_log(&self) -> Result<i32> {
        let copy = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA wal_checkpoint(PASSIVE)");
        let told = self.pool.conn.query_one_raw(copy).await?;
        Ok(told.map(|row| row.try_get("", "log")).transpose()?.unwrap_or_default())
    }
}

fn not_forced(cause: io::Error) -> StoreError {
    StoreError::Unavailable(DbErr::Custom(cause.to_string()))
}
